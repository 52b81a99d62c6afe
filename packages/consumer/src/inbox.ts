/**
 * A receiver's inbox: processes each event once, even if it is delivered more than once. That
 * happens if a retry overlaps with an earlier attempt, or if a crash loses the response.
 */

/**
 * - `new`: the caller must process it now, and end with `done` or `failed`.
 * - `duplicate`: it was already processed; return 2xx and do nothing.
 * - `in_progress`: it is being processed at this moment. Do not return 2xx, so that the sender
 *   tries again in case the processing fails.
 */
export type InboxVerdict = "new" | "duplicate" | "in_progress";

/** Stores the ids of an inbox. Processes that share a store share the inbox. */
export interface InboxStore {
  /**
   * Takes an id, atomically: only one of several concurrent callers gets `new`. An id that was
   * taken more than `processingMs` ago and is not done counts as free, because its process must
   * have crashed.
   */
  take(id: string, processingMs: number): Promise<InboxVerdict>;
  /** From now on, the id is a duplicate. */
  done(id: string): Promise<void>;
  /** Releases the id, unless it is already done. */
  failed(id: string): Promise<void>;
}

export interface InboxOptions {
  /** The store for the ids of processed events. Default: `createMemoryStore()`. */
  readonly store?: InboxStore;
  /**
   * An event may be processed again after this long without `done` or `failed`, so it must be
   * longer than any processing. Default: 60 s.
   */
  readonly processingMs?: number;
}

export interface Inbox {
  /** @param id the event's id: the `webhook-id` of a verified request. */
  accept(id: string): Promise<InboxVerdict>;
  done(id: string): Promise<void>;
  failed(id: string): Promise<void>;
  /**
   * Calls `work` if the id is new. If it resolves, the id is `done`; if it rejects, the id is
   * `failed` and the error is rethrown.
   */
  once(id: string, work: () => Promise<unknown>): Promise<InboxVerdict>;
}

const processingMsDefault = 60_000;
const idsMaxDefault = 100_000;

export function createInbox(options: InboxOptions = {}): Inbox {
  const { store = createMemoryStore(), processingMs = processingMsDefault } = options;
  return {
    accept: (id) => store.take(id, processingMs),
    done: (id) => store.done(id),
    failed: (id) => store.failed(id),
    async once(id, work) {
      const verdict = await store.take(id, processingMs);
      if (verdict !== "new") return verdict;
      try {
        await work();
      } catch (error) {
        // If the store fails too, the id is released after processingMs. The work's error is more
        // useful than the store's.
        await store.failed(id).catch(() => undefined);
        throw error;
      }
      await store.done(id);
      return verdict;
    },
  };
}

export interface MemoryStoreOptions {
  /**
   * The number of processed ids to remember; beyond it the one done longest ago is dropped.
   * Default: 100,000, about 15 MB. Ids in progress are never dropped.
   */
  readonly idsMax?: number;
  /** Returns milliseconds since any fixed moment. Default: a monotonic clock. */
  readonly nowMs?: () => number;
}

/**
 * Keeps ids in this process's memory. They are lost when the process ends, and other processes do
 * not see them.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): InboxStore {
  const { idsMax = idsMaxDefault, nowMs = () => performance.now() } = options;
  /** The ids in progress, in the order in which they were taken. So the expired ones come first. */
  const takenAtMs = new Map<string, number>();
  const doneIds = new Set<string>();
  return {
    async take(id, processingMs) {
      if (doneIds.has(id)) return "duplicate";
      const now = nowMs();
      for (const [takenId, atMs] of takenAtMs) {
        if (now - atMs <= processingMs) break;
        takenAtMs.delete(takenId);
      }
      if (takenAtMs.has(id)) return "in_progress";
      takenAtMs.set(id, now);
      return "new";
    },
    async done(id) {
      takenAtMs.delete(id);
      doneIds.delete(id);
      doneIds.add(id);
      if (doneIds.size <= idsMax) return;
      const oldest = doneIds.values().next();
      if (oldest.done !== true) doneIds.delete(oldest.value);
    },
    async failed(id) {
      takenAtMs.delete(id);
    },
  };
}
