/**
 * Callers that read as hard as they can, each asking again as soon as it is answered. They run in a
 * thread of their own: what they read must not slow down the drill that measures.
 */
import { request } from "node:http";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

export interface ReadKind {
  /** Below /rest/v1. */
  readonly path: string;
  readonly accept?: string;
  readonly count?: "exact";
  /** Read for as long as it lasts. */
  readonly isStream?: boolean;
  /** How many callers ask this. */
  readonly readers: number;
  /** Which of the calls of `go` begin it. */
  readonly phases: readonly number[];
}

export interface HardReadersOptions {
  readonly url: string;
  readonly key: string;
  readonly kinds: readonly ReadKind[];
}

/** How many answers of each kind came: by status, with the code of a 500. */
export type Answers = Readonly<Record<string, number>>;

export interface HardReaders {
  /** The readers of this phase begin, those of any other stop. */
  go(phase: number): void;
  pause(): void;
  stop(): Promise<Answers>;
}

/** They begin with `go`. */
export function startHardReaders(options: HardReadersOptions): HardReaders {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const failed = new Promise<never>((_resolve, reject) => worker.once("error", reject));
  failed.catch(() => undefined);
  return {
    go: (phase) => worker.postMessage(phase),
    pause: () => worker.postMessage(nobody),
    async stop() {
      const told = new Promise<Answers>((resolve) => worker.once("message", resolve));
      worker.postMessage("stop");
      const answers = await Promise.race([told, failed]);
      await worker.terminate();
      return answers;
    },
  };
}

const afterFailureMs = 100;
/** No kind has this phase. */
const nobody = -1;
const codeChars = 500;

function readInThread({ url, key, kinds }: HardReadersOptions): void {
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
      // Those that a pause cut off were not answered by the service.
      if (open.delete(end)) answers[status] = (answers[status] ?? 0) + 1;
      if (status.startsWith("2") || status === "429" || status.startsWith("500")) ask(kind);
      else setTimeout(() => ask(kind), afterFailureMs);
    });
    asked.end();
  };

  parentPort?.on("message", (message: number | "stop") => {
    phase = message === "stop" ? nobody : message;
    const ends = [...open];
    open.clear();
    for (const end of ends) end();
    if (message === "stop") parentPort?.postMessage(answers);
    for (const kind of kinds.filter(({ phases }) => phases.includes(phase))) {
      for (let index = 0; index < kind.readers; index += 1) ask(kind);
    }
  });
}

if (!isMainThread) readInThread(workerData as HardReadersOptions);
