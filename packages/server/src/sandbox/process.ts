/**
 * One process of the sandbox. It runs one job at a time. Its watchdog kills it if a job takes too
 * long.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { limits } from "../limits.ts";

export interface SandboxJob {
  readonly source: string;
  /** The function's arguments as JSON; undefined to check only whether the source is a function. */
  readonly event?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * What the process says of a job: the function's result as JSON (see `transformedOf`), or what went
 * wrong and in which line.
 */
export type SandboxAnswer =
  | { readonly result: string; readonly error?: undefined }
  | {
      readonly result?: undefined;
      readonly error: string;
      readonly line: number | null;
      /** True if the process cannot run another job. */
      readonly isBroken?: boolean;
    };

/** The process was killed because the job took too long, or it ended by itself. */
export class SandboxLostError extends Error {
  readonly isTooLong: boolean;

  constructor(isTooLong: boolean) {
    super(isTooLong ? "The job took too long." : "The sandbox's process ended.");
    this.isTooLong = isTooLong;
  }
}

/** `bin/` is next to both `src/` and `dist/`. */
const program = fileURLToPath(new URL("../../bin/sandbox.js", import.meta.url));

export class SandboxProcess {
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  #current: {
    resolve(answer: SandboxAnswer): void;
    reject(error: SandboxLostError): void;
  } | null = null;
  #hasEnded = false;
  #isTooLong = false;

  constructor() {
    // Without the service's environment, which contains keys and the database's password.
    this.#child = fork(program, [], {
      env: { TZ: "UTC" },
      execArgv: ["--max-old-space-size=128"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child.unref();
    this.#child.channel?.unref();
    let setReady = (): void => {};
    this.#ready = new Promise((resolve) => (setReady = resolve));
    this.#child.on("message", (message) => {
      if (message === "ready") setReady();
      else this.#current?.resolve(message as SandboxAnswer);
    });
    const ended = (_code: unknown, signal?: unknown): void => {
      this.#hasEnded = true;
      // By the watchdog in the process, or by `kill`.
      this.#isTooLong = signal === "SIGKILL";
      setReady();
      this.#current?.reject(new SandboxLostError(this.#isTooLong));
    };
    this.#child.once("exit", ended);
    this.#child.once("error", ended);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Runs a job with at most `cpuMs` of CPU time. There must be no other one in progress.
   * @throws SandboxLostError
   */
  async run(job: SandboxJob, cpuMs: number): Promise<SandboxAnswer> {
    await this.#withinMs(limits.sandboxStartMs, this.#ready);
    if (this.#hasEnded) throw new SandboxLostError(this.#isTooLong);
    const answer = new Promise<SandboxAnswer>((resolve, reject) => {
      this.#current = { resolve, reject };
      this.#child.send(
        {
          ...job,
          cpuMs,
          stepsMax: limits.transformationStepsMax,
          memoryBytesMax: limits.transformationMemoryBytesMax,
          // Each character of the data can become two in JSON text inside JSON text.
          resultCharsMax: 3 * limits.bodyBytesMax,
        },
        () => undefined,
      );
    });
    try {
      const told = await answer;
      if (told.error !== undefined && told.isBroken === true) this.#hasEnded = true;
      return told;
    } finally {
      this.#current = null;
    }
  }

  /** Kills the process if this takes longer, which then ends what was awaited. */
  async #withinMs<Result>(ms: number, work: Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => this.kill(), ms);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
