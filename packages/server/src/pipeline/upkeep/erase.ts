/**
 * Erase: deletes all data of one org, on request or by law. Its keys and endpoints are deleted
 * immediately, so that nothing more is sent. The rest follows in the background, in batches.
 */
import type { Actor } from "../../model/audit.ts";

export interface Erasure {
  readonly orgId: string;
  readonly state: "running" | "done";
  /** Events, deliveries, attempts and everything that references them. */
  readonly rowsErased: number;
}

export interface EraseStore {
  /**
   * Deletes the org's keys, turns its endpoints off permanently, and schedules the rest. While an
   * erasure runs, it returns only its progress; afterwards it starts a new one. The audit keeps
   * only that the erasure was started, and by whom.
   */
  start(orgId: string, atMs: number, by: Actor): Promise<Erasure>;
  /**
   * Erases one batch of one org. It waits for attempts in progress. It also deletes what arrives
   * before it is done, up to `limits.eraseAlsoMs` after the request. Otherwise an erasure would
   * never finish while someone publishes.
   *
   * @returns the number of deleted rows; null if there is nothing to do.
   */
  step(atMs: number, rowsMax: number): Promise<number | null>;
}
