/** The input and output of a command: the process's own streams, or those of a test. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { ExitCode } from "../errors/exit-codes.ts";
import type { ClientEnvironment } from "../config/config.ts";

export interface Terminal {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Reads all of standard input, or one byte more than `bytesMax`. */
  readInput(bytesMax: number): Promise<Buffer>;
  /** Asks the user for a text that the terminal does not show; null if nobody can answer. */
  askSecret(question: string): Promise<string | null>;
  /** Resolves at the first signal that asks the command to stop. */
  stopped(): Promise<void>;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: ClientEnvironment;
  /** The time zone of tables; undefined for the machine's own. */
  readonly timeZone: string | undefined;
  now(): number;
  /** The exit code for a command that ends without an error. */
  exitCode: ExitCode;
}

/** Uses the streams of this process. */
export function processTerminal(stopped: () => Promise<void>): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    async readInput(bytesMax) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of process.stdin) {
        chunks.push(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        if (bytes > bytesMax) break;
      }
      return Buffer.concat(chunks);
    },
    async askSecret(question) {
      if (!process.stdin.isTTY) return null;
      process.stderr.write(question);
      // Drops whatever the line editor echoes, so that the answer is not shown.
      const output = new Writable({ write: (_chunk, _encoding, done) => done() });
      const asking = createInterface({ input: process.stdin, output, terminal: true });
      try {
        return (await asking.question("")).trim();
      } finally {
        asking.close();
        process.stderr.write("\n");
      }
    },
    stopped,
  };
}
