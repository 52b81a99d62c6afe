/** Runs commands in the test's process, as a user with an empty home directory would. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CommandContext } from "../../src/client/terminal.ts";
import { readClientEnvironment, type Environment } from "../../src/config/config.ts";
import { runCommandLine } from "../../src/main.ts";

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
}

export interface RunOptions {
  readonly environment?: Environment;
  /** The content of standard input. */
  readonly input?: string | Buffer;
  /** The answer to a prompt for a secret. Without it, the command cannot ask. */
  readonly secret?: string;
  readonly now?: () => number;
  /** The command stops when this promise resolves, as at Ctrl-C. */
  readonly stopped?: Promise<void>;
  readonly onOut?: (text: string) => void;
  readonly onErr?: (text: string) => void;
}

export interface CommandLine {
  readonly folder: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** @param environment variables that every run has, e.g. `POSTHORN_URL`. */
export async function createCommandLine(environment: Environment = {}): Promise<CommandLine> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-cli-"));
  const home = { XDG_CONFIG_HOME: folder, POSTHORN_DATA_DIR: path.join(folder, "none") };
  return {
    folder,
    async run(args, options = {}) {
      let [out, err] = ["", ""];
      const never = new Promise<void>(() => undefined);
      const context: CommandContext = {
        terminal: {
          out(text) {
            out += text;
            options.onOut?.(text);
          },
          err(text) {
            err += text;
            options.onErr?.(text);
          },
          readInput: () => Promise.resolve(Buffer.from(options.input ?? "")),
          askSecret: () => Promise.resolve(options.secret ?? null),
          stopped: () => options.stopped ?? never,
        },
        environment: readClientEnvironment({ ...home, ...environment, ...options.environment }),
        timeZone: "Asia/Tokyo",
        now: options.now ?? Date.now,
        exitCode: 0,
      };
      await runCommandLine([process.execPath, "posthorn", ...args], context);
      return { out, err, exitCode: context.exitCode };
    },
  };
}
