/**
 * Callers that each send the next request as soon as they have a response. They run in a separate
 * low-priority process: in production they would not share the nodes' machine, and must not slow
 * down the drill.
 */
import { request } from "node:http";
import { fork } from "node:child_process";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";

export interface ReadKind {
  /** The path below /rest/v1. */
  readonly path: string;
  readonly accept?: string;
  readonly count?: "exact";
  /** True if the response is a stream that never ends. The caller keeps reading it. */
  readonly isStream?: boolean;
  /** How many callers send this request. */
  readonly readers: number;
  /** The phases in which the callers run; `go` starts a phase. */
  readonly phases: readonly number[];
}

export interface HardReadersOptions {
  readonly url: string;
  readonly key: string;
  readonly kinds: readonly ReadKind[];
}

/**
 * How many responses of each kind arrived. The kind is the status; for a 500 also the error's code.
 */
export type Answers = Readonly<Record<string, number>>;

export interface HardReaders {
  /** Starts the callers of this phase, and stops all others. */
  go(phase: number): void;
  pause(): void;
  stop(): Promise<Answers>;
}

/** Creates the callers. They send nothing before `go`. */
export function startHardReaders(options: HardReadersOptions): HardReaders {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)]);
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The readers exited with ${code}.`)));
  });
  failed.catch(() => undefined);
  return {
    go: (phase) => void child.send(phase),
    pause: () => void child.send(nobody),
    async stop() {
      const told = new Promise<Answers>((resolve) => child.once("message", resolve));
      child.send("stop");
      const answers = await Promise.race([told, failed]);
      child.kill("SIGKILL");
      return answers;
    },
  };
}

const afterFailureMs = 100;
/** A phase in which no caller runs. */
const nobody = -1;
const codeChars = 500;

function read({ url, key, kinds }: HardReadersOptions): void {
  const answers: Record<string, number> = {};
  const open = new Set<() => void>();
  let phase = nobody;

  const ask = (kind: ReadKind): void => {
    if (!kind.phases.includes(phase)) return;
    const { path, accept, count } = kind;
    const headers = {
      apikey: key,
      ...(accept === undefined ? {} : { accept }),
      ...(count === undefined ? {} : { prefer: `count=${count}` }),
    };
    const asked = request(`${url}/rest/v1/${path}`, { headers, agent: false });
    const end = (): void => void asked.destroy();
    open.add(end);
    let status = "no answer";
    asked.on("response", (response) => {
      status = String(response.statusCode);
      let start = "";
      response.on("data", (chunk: Buffer) => {
        if (status === "500" && start.length < codeChars) start += chunk.toString();
      });
      response.on("end", () => {
        const code = /"code":"(\w+)"/.exec(start)?.[1];
        if (code !== undefined) status += ` ${code}`;
      });
    });
    asked.on("error", () => undefined);
    asked.on("close", () => {
      // Does not count a response that a pause interrupted.
      if (open.delete(end)) answers[status] = (answers[status] ?? 0) + 1;
      if (status.startsWith("2") || status === "429" || status.startsWith("500")) ask(kind);
      else setTimeout(() => ask(kind), afterFailureMs);
    });
    asked.end();
  };

  process.on("message", (message: number | "stop") => {
    phase = message === "stop" ? nobody : message;
    const ends = [...open];
    open.clear();
    for (const end of ends) end();
    if (message === "stop") process.send?.(answers);
    for (const kind of kinds.filter(({ phases }) => phases.includes(phase))) {
      for (let index = 0; index < kind.readers; index += 1) ask(kind);
    }
  });
}

const given = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && given !== undefined) {
  read(JSON.parse(given) as HardReadersOptions);
}
