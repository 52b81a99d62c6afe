/**
 * Erase: deletes all data of an org, on request or because the law requires it. The org's keys and
 * endpoints are deleted immediately, so that nothing more is sent. A background job deletes the
 * rest in batches.
 */
import type { Actor } from "../../model/audit.ts";
import type { OrgId } from "../../model/org-id.ts";

export interface Erasure {
  readonly orgId: string;
  readonly state: "running" | "done";
  /** How many events, deliveries, attempts and rows that reference them were deleted. */
  readonly rowsErased: number;
}

export interface EraseStore {
  /**
   * Deletes the org's keys, turns its endpoints off permanently, and schedules the rest. If an
   * erasure is already running, it only returns the progress. The audit keeps only that the erasure
   * was started, and by whom.
   */
  start(org: OrgId, atMs: number, by: Actor): Promise<Erasure>;
  /**
   * Erases one batch of one org, unless it must wait for attempts in progress. An erasure includes
   * data that arrives up to `limits.eraseAlsoMs` after the request. Without that limit, it would
   * never finish while the org still publishes.
   * @returns the number of deleted rows; null if there is nothing to do.
   */
  step(atMs: number, rowsMax: number): Promise<number | null>;
}
