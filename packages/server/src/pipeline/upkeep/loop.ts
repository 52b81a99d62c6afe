/** Background work that repeats, one round at a time. */
import type { Clock } from "../ports.ts";

export interface LoopOptions {
  readonly clock: Clock;
  /**
   * The pause between the end of a round and the start of the next one. If it is null, the loop
   * pauses until `wake` is called.
   */
  readonly pauseMs: number | (() => number | null);
  /** The delay before the first round. Default: `pauseMs`. */
  readonly firstPauseMs?: number;
  round(): Promise<unknown>;
  /** Called with the error of a failed round. The next round still takes place. */
  onFailed(error: unknown): void;
}

export interface Loop {
  /** Ends a pause without a limit: calls `pauseMs` again. Ignored during any other pause. */
  wake(): void;
  /** Resolves when the current round is done. Afterwards no round starts. */
  stop(): Promise<void>;
}

export function startLoop(options: LoopOptions): Loop {
  const { clock, round, onFailed } = options;
  const pauseMs = (): number | null =>
    typeof options.pauseMs === "number" ? options.pauseMs : options.pauseMs();
  let isStopped = false;
  let isWaiting = false;
  let cancelTimer = (): void => {};
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await round();
    } catch (error) {
      onFailed(error);
    }
    schedule(pauseMs());
  };
  const schedule = (afterMs: number | null): void => {
    isWaiting = afterMs === null;
    if (isStopped || afterMs === null) return;
    cancelTimer = clock.after(afterMs, () => {
      running = run();
    });
  };
  schedule(options.firstPauseMs ?? pauseMs());
  return {
    wake() {
      if (isWaiting) schedule(pauseMs());
    },
    async stop() {
      isStopped = true;
      cancelTimer();
      await running;
    },
  };
}
