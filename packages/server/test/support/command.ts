/** Runs the command `posthorn` in a separate process. */
import { spawn } from "node:child_process";
import { chmod, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { inject } from "vitest";

/** The maximum time for several runs in one process. */
const oneAfterAnotherMs = 120_000;

const bundledCommand = path.resolve(import.meta.dirname, "../../bin/posthorn.js");

export interface Run {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  /** Stops the process, as Ctrl-C does. */
  stop(): Promise<number | null>;
}

export function runCommand(
  name: string,
  options: {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly command?: string;
    readonly args?: readonly string[];
    /** A command that runs the given command line, e.g. `setpriv --reuid=…`. */
    readonly within?: readonly string[];
    /** Sets `ulimit -n` for the process. */
    readonly openFilesMax?: number;
  },
): Run {
  const command = [options.command ?? bundledCommand, name, ...(options.args ?? [])];
  const [program = "", ...args] = [
    ...(options.within ?? []),
    ...(options.openFilesMax === undefined
      ? []
      : ["bash", "-c", `ulimit -n ${options.openFilesMax}; exec "$0" "$@"`]),
    process.execPath,
    ...command,
  ];
  const child = spawn(program, args, {
    cwd: options.folder,
    env: { PATH: process.env["PATH"], POSTHORN_PORT: "0", ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    exited,
    stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
      return exited;
    },
  };
}

/** One of several runs in one process. */
export interface Try {
  readonly args?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Said {
  readonly output: string;
  /** The exit code that this run set for the process. */
  readonly exitCode: number;
}

/**
 * Runs the command once for each try, one after another in one process. Meant for many starts that
 * fail. Run at least one start of each kind in a separate process.
 * @throws Error if a run ends the process or leaves it running.
 */
export async function runOneAfterAnother(
  name: string,
  tries: readonly Try[],
  folder: string,
): Promise<readonly Said[]> {
  const all = tries.map(({ args = [], environment }) => ({ args, environment }));
  const one = runCommand(name, {
    folder,
    command: path.join(import.meta.dirname, "one-after-another.js"),
    args: [JSON.stringify(all)],
    environment: {},
  });
  const timer = setTimeout(() => process.kill(one.pid, "SIGKILL"), oneAfterAnotherMs);
  const exited = await one.exited;
  clearTimeout(timer);
  const parts = one.output().split(/^exit code (\d+)\n/m);
  const said = tries.map((_, index) => ({
    output: parts[2 * index] ?? "",
    exitCode: Number(parts[2 * index + 1]),
  }));
  if (parts.length !== 2 * tries.length + 1 || exited !== said.at(-1)?.exitCode) {
    throw new Error(`It ended with ${exited}: ${one.output()}`);
  }
  return said;
}

/**
 * Creates a folder for a run of the command. It is in memory, because on a disk the database would
 * spend most of a start waiting for writes. If the user is root, PostgreSQL runs as `nobody`, which
 * must be able to enter the folder. Otherwise the database would be placed elsewhere and left
 * behind.
 */
export async function makeReachableFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(path.join(inject("memoryFolder"), prefix));
  await chmod(folder, 0o755);
  return folder;
}
