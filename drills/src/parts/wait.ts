/** Waits with a timeout. */
import { setTimeout as sleep } from "node:timers/promises";

export { sleep };

/**
 * Checks the condition every `everyMs` until it is true.
 * @returns how many ms this took, or null if it was still false after `withinMs`.
 */
export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 50,
): Promise<number | null> {
  const startedAtMs = performance.now();
  for (;;) {
    if (await isSo()) return performance.now() - startedAtMs;
    if (performance.now() - startedAtMs > withinMs) return null;
    await sleep(everyMs);
  }
}

/**
 * Like `waitUntil`, but a timeout is an error.
 * @throws Error that names the expected condition.
 */
export async function mustBecome(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number> {
  const tookMs = await waitUntil(isSo, withinMs);
  if (tookMs === null) throw new Error(`Waited ${withinMs} ms for ${what}, which did not happen.`);
  return tookMs;
}
