/** Background work that repeats, one round at a time. */
import type { Clock } from "../ports.ts";

export interface LoopOptions {
  readonly clock: Clock;
  /** The pause between the end of a round and the start of the next one. */
  readonly pauseMs: number;
  /** The delay before the first round. Default: `pauseMs`. */
  readonly firstPauseMs?: number;
  round(): Promise<unknown>;
  /** Called with the error of a failed round. The next round still takes place. */
  onFailed(error: unknown): void;
}

export interface Loop {
  /** Resolves when the current round is done. Afterwards no round starts. */
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
