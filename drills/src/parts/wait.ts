/** Waiting, with an end to it. */
import { setTimeout as sleep } from "node:timers/promises";

export { sleep };

/** Looks every `everyMs` until it is so. @returns after how many ms; null if `withinMs` passed. */
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

/** As `waitUntil`. @throws Error that names what was waited for. */
export async function mustBecome(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number> {
  const tookMs = await waitUntil(isSo, withinMs);
  if (tookMs === null) throw new Error(`Waited ${withinMs} ms for ${what}, which did not happen.`);
  return tookMs;
}
