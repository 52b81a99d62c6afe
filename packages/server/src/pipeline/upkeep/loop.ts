/** Work that is done again and again in the background, one round at a time. */
import type { Clock } from "../ports.ts";

export interface LoopOptions {
  readonly clock: Clock;
  /** From the end of a round to the beginning of the next. */
  readonly pauseMs: number;
  /** Before the first round; `pauseMs` without it. */
  readonly firstPauseMs?: number;
  round(): Promise<unknown>;
  /** Called with what a round threw; the next one comes all the same. */
  onFailed(error: unknown): void;
}

export interface Loop {
  /** Resolves when the round under way is done; no other follows. */
  stop(): Promise<void>;
}

export function startLoop(options: LoopOptions): Loop {
  const { clock, pauseMs, firstPauseMs = pauseMs, round, onFailed } = options;
  let isStopped = false;
  let cancelTimer = (): void => {};
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await round();
    } catch (error) {
      onFailed(error);
    }
    if (!isStopped) schedule(pauseMs);
  };
  const schedule = (afterMs: number): void => {
    cancelTimer = clock.after(afterMs, () => {
      running = run();
    });
  };
  schedule(firstPauseMs);
  return {
    async stop() {
      isStopped = true;
      cancelTimer();
      await running;
    },
  };
}
