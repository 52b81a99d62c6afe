/** Announces that deliveries to terminals are due, so that they do not wait for the next poll. */
import { limits } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { Clock } from "../pipeline/ports.ts";
import { throttled } from "../pipeline/throttle.ts";
import { announceDue } from "../postgres/notify.ts";
import type { Pool } from "../postgres/pool.ts";

export interface DueAnnouncerOptions {
  readonly clock: Clock;
  readonly pool: Pool;
  readonly logger: Logger;
}

/**
 * @param wake wakes this node, which needs no notification.
 * @returns a function that wakes every node, at most once every `limits.terminalAnnounceMs`.
 */
export function dueAnnouncer(
  { clock, pool, logger }: DueAnnouncerOptions,
  wake: () => void,
): () => void {
  const onError = (error: unknown): void =>
    logger.warn({ error }, "announcing due deliveries failed");
  return throttled({
    clock,
    intervalMs: limits.terminalAnnounceMs,
    call() {
      wake();
      announceDue(pool).catch(onError);
    },
  });
}
