/**
 * A receiver's inbox: each event is processed once, although it may be delivered more than once
 * (a retry crosses the answer to the attempt before, or a crash loses it).
 */

/**
 * - `new`: it is the caller's to process now; end with `done` or `failed`.
 * - `duplicate`: it was processed before; answer 2xx and do nothing.
 * - `in_progress`: somebody is processing it at this moment; answer something other than 2xx, so
 *   that the sender tries again in case that one fails.
 */
export type InboxVerdict = "new" | "duplicate" | "in_progress";

/** Where an inbox remembers ids. Several processes that share a store share the inbox. */
export interface InboxStore {
  /**
   * Takes an id, atomically: of several callers at once one gets `new`. An id that was taken
   * more than `processingMs` ago and is not done counts as free: who took it has crashed.
   */
  take(id: string, processingMs: number): Promise<InboxVerdict>;
  /** From now on the id is a duplicate. */
  done(id: string): Promise<void>;
  /** Gives the id back, unless it is done. */
  failed(id: string): Promise<void>;
}

export interface InboxOptions {
  /** Default: `createMemoryStore()`. */
  readonly store?: InboxStore;
  /**
   * After this long without `done` or `failed` an event may be processed again, so it must be
   * longer than processing ever takes. Default: 60 s.
   */
  readonly processingMs?: number;
}

export interface Inbox {
  /** @param id the event's id, which a verified request carries in `webhook-id`. */
  accept(id: string): Promise<InboxVerdict>;
  done(id: string): Promise<void>;
  failed(id: string): Promise<void>;
  /**
   * Does `work` if the id is new: `done` when it resolves; `failed`, and the same error thrown,
   * when it rejects.
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
        // If the store fails too, the id is free after processingMs; the work's error says more.
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
   * Processed ids remembered; the one done longest ago is forgotten first. Default: 100,000,
   * about 15 MB. Ids being processed are never forgotten for want of room.
   */
  readonly idsMax?: number;
  /** Milliseconds since any fixed moment. Default: a clock that is never set back. */
  readonly nowMs?: () => number;
}

/** Remembers in this process's memory: gone with it, and not shared with others. */
export function createMemoryStore(options: MemoryStoreOptions = {}): InboxStore {
  const { idsMax = idsMaxDefault, nowMs = () => performance.now() } = options;
  /** In the order of taking, so whatever has expired is at the front. */
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
