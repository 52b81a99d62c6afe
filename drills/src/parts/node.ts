/** A node: `posthorn serve` in a separate process, which the drill can kill. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { mustBecome } from "./wait.ts";

const command = fileURLToPath(new URL("../bin/posthorn.js", import.meta.resolve("posthorn")));

export const adminKey = "drill-admin-key-0123456789";
const startMs = 60_000;
const stopMs = 30_000;
const logKeptChars = 20_000;

export interface NodeOptions {
  readonly databaseUrl: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Modules to load before the command. */
  readonly imports?: readonly string[];
  /** The path of another command, e.g. that of another release. */
  readonly command?: string;
  /** Additional arguments of `serve`, e.g. `--processes 2`. */
  readonly args?: readonly string[];
  /** A command that runs the given command line, e.g. in a namespace. */
  readonly within?: readonly string[];
}

export interface Node {
  readonly pid: number;
  /** The URL of its API. */
  readonly url: string;
  readonly hasEnded: boolean;
  /** The last part of the node's output. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** Sends SIGKILL. */
  kill(): Promise<void>;
  /**
   * Sends SIGTERM, and resolves when the process has exited.
   * @throws Error if it does not exit.
   */
  stop(): Promise<number | null>;
}

/** @throws Error that contains the node's log, if the node does not become ready. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const imports = (options.imports ?? []).flatMap((module) => ["--import", module]);
  const [program = "", ...words] = [
    ...(options.within ?? []),
    process.execPath,
    ...imports,
    options.command ?? command,
    "serve",
    ...(options.args ?? []),
  ];
  const child = spawn(program, words, {
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: options.databaseUrl,
      POSTHORN_PORT: "0",
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      POSTHORN_CONTRACT: "standard",
      POSTHORN_LOG_LEVEL: "info",
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const node = observed(child);
  try {
    await mustBecome("a node", () => node.hasEnded || node.url !== "", startMs);
    if (node.hasEnded) throw new Error("The node exited while it was starting.");
  } catch (error) {
    await node.kill();
    throw new Error(`${String(error)}\n${node.log()}`, { cause: error });
  }
  return node;
}

function observed(child: ChildProcess): Node {
  let text = "";
  let url = "";
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-logKeptChars);
    if (url === "") url = /"url":"([^"]+)"[^\n]*"msg":"posthorn is ready"/.exec(text)?.[1] ?? "";
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const exited = once(child, "exit") as Promise<[number | null]>;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    get url() {
      return url;
    },
    get hasEnded() {
      return hasEnded();
    },
    log: () => text,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
      const [code] = await exited;
      clearTimeout(timer);
      if (child.signalCode === "SIGKILL") {
        throw new Error(`The node did not stop within ${stopMs} ms.\n${text}`);
      }
      return code;
    },
  };
}
