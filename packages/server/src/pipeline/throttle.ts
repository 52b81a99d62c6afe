/** Calls something at once, but not more often than at a given interval. */
import type { Clock } from "./ports.ts";

export interface ThrottleOptions {
  readonly clock: Pick<Clock, "after">;
  readonly intervalMs: number;
  call(): void;
}

/**
 * @returns a function that calls `call`: immediately if the interval since the last call is over,
 *   otherwise once at its end, however often it was called.
 */
export function throttled({ clock, intervalMs, call }: ThrottleOptions): () => void {
  let isResting = false;
  let isCalledAgain = false;
  const start = (): void => {
    isResting = true;
    clock.after(intervalMs, () => {
      isResting = false;
      if (!isCalledAgain) return;
      isCalledAgain = false;
      start();
    });
    call();
  };
  return () => {
    if (isResting) isCalledAgain = true;
    else start();
  };
}
