/**
 * Erase: everything of one org goes, at its request or the law's. Its keys and endpoints at once,
 * so that nothing more is sent; the rest in the background, a batch at a time.
 */
import type { Actor } from "../../model/audit.ts";

export interface Erasure {
  readonly orgId: string;
  readonly state: "running" | "done";
  /** Events, deliveries, attempts and all that hangs on them. */
  readonly rowsErased: number;
}

export interface EraseStore {
  /**
   * Deletes the org's keys, turns its endpoints off for good, and notes that the rest is to go.
   * Asked again while it runs, it only says how far it is; afterwards it begins anew. That it was
   * begun, and by whom, is all that the audit keeps of the org.
   */
  start(orgId: string, atMs: number, by: Actor): Promise<Erasure>;
  /**
   * Erases one batch of one org. What is being attempted at this moment waits for its end. What
   * comes before it is done goes, too, but what comes `limits.eraseAlsoMs` after the request or
   * later is not waited for, or no erasure would end while somebody publishes.
   *
   * @returns how many rows went; null if there is nothing to do.
   */
  step(atMs: number, rowsMax: number): Promise<number | null>;
}
