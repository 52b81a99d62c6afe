/**
 * Runs programs in separate processes and sends them named requests over Node's IPC, so that the
 * measured code and the measuring code never share an event loop.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

interface Question {
  readonly id: number;
  readonly name: string;
  readonly value: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export interface Child {
  readonly pid: number;
  /**
   * Sends a request to the child.
   * @throws Error with the child's message, or if the child has ended.
   */
  ask<Result>(name: string, value?: unknown): Promise<Result>;
  /** Asks the child to end, and waits until it has ended. */
  stop(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const stopMs = 15_000;

/** Starts a module below the parent of this folder, e.g. `parts/receiver-process.js`. */
export function startChild(
  module: string,
  options: { readonly execArgv?: readonly string[]; readonly args?: readonly string[] } = {},
): Child {
  const file = fileURLToPath(new URL(`../${module}`, import.meta.url));
  const process_ = fork(file, options.args ?? [], {
    execArgv: [...(options.execArgv ?? [])],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  process_.on("message", (message: Answer) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asked?.resolve(message.value);
    else asked?.reject(new Error(`${module}: ${message.error}`));
  });
  process_.on("exit", (code) => {
    for (const each of waiting.values()) each.reject(new Error(`${module} ended (${code}).`));
    waiting.clear();
  });
  const ask = <Result>(name: string, value?: unknown): Promise<Result> =>
    new Promise((resolve, reject) => {
      const id = (count += 1);
      waiting.set(id, { resolve: resolve, reject });
      process_.send({ id, name, value } satisfies Question);
    });
  return { pid: process_.pid ?? 0, ask, stop: () => stop(process_, ask) };
}

async function stop(child: ChildProcess, ask: (name: string) => Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  ask("stop").catch(() => undefined);
  await exited;
  clearTimeout(timer);
}

export type Handlers = Readonly<Record<string, (value: never) => unknown>>;

/** Requests that every child can answer. */
const common: Readonly<Record<string, (value: unknown) => unknown>> = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  stop: () => undefined,
};

/** Answers the parent's requests. The process ends after `stop`, or when its parent has ended. */
export function serveParent(handlers: Handlers): void {
  const answer = async ({ id, name, value }: Question): Promise<void> => {
    try {
      const handler = handlers[name] as ((value: unknown) => unknown) | undefined;
      if (handler === undefined && !(name in common)) throw new Error(`cannot ${name}`);
      const result = await (handler ?? common[name])?.(value);
      await send({ id, value: result });
    } catch (error) {
      await send({ id, error: error instanceof Error ? (error.stack ?? "") : String(error) });
    }
    if (name === "stop") process.exit(0);
  };
  process.on("message", (question: Question) => void answer(question));
  process.on("disconnect", () => process.exit(1));
  // Ctrl-C reaches every process of the group, but the parent stops its children in order.
  process.on("SIGINT", () => undefined);
}

function send(answer: Answer): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(answer, () => resolve());
  });
}
