/**
 * Back-pressure: limits the events and bytes that are waiting for a commit. An admitted event is
 * never dropped, so the limit applies at admission. An org's waiting events may use at most as much
 * as is free (`model/fair-allocator.ts`), so an org that floods delays only itself.
 */
import { PosthornError } from "../../errors/catalogue.ts";
import { FairAllocator, Share } from "../../model/fair-allocator.ts";

export interface AdmissionBounds {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/** How many events and bytes of one org are waiting. */
class Load {
  readonly events = new Share<Load>(this);
  readonly bytes = new Share<Load>(this);
}

/** Stands for an org without waiting events, so its numbers must never change. */
const nothingWaiting = new Load();

export interface Arriving {
  readonly orgId: string;
  readonly dataJson: string;
}

export class Admission {
  readonly #events: FairAllocator<Load>;
  readonly #bytes: FairAllocator<Load>;
  readonly #byOrg = new Map<string, Load>();

  constructor({ eventsMax, bytesMax }: AdmissionBounds) {
    this.#events = new FairAllocator(eventsMax);
    this.#bytes = new FairAllocator(bytesMax);
  }

  /**
   * Admits all of the events or none. The caller must call `leave` for admitted events.
   *
   * @throws PosthornError `PH_OVERLOADED`
   */
  enter(events: readonly Arriving[]): void {
    // Nearly every call has one event, for which no map by org is needed.
    const [first] = events;
    if (events.length === 1 && first !== undefined) {
      this.#check(first.orgId, 1, first.dataJson.length);
    } else {
      for (const [orgId, size] of sizesOf(events)) this.#check(orgId, size.events, size.bytes);
    }
    for (const { orgId, dataJson } of events) {
      const load = this.#loadOf(orgId);
      this.#events.take(load.events);
      this.#bytes.take(load.bytes, dataJson.length);
    }
  }

  leave(events: readonly Arriving[]): void {
    for (const { orgId, dataJson } of events) {
      const load = this.#loadOf(orgId);
      this.#events.giveBack(load.events);
      this.#bytes.giveBack(load.bytes, dataJson.length);
      if (load.events.held === 0) this.#byOrg.delete(orgId);
    }
  }

  #check(orgId: string, events: number, bytes: number): void {
    // If nothing is waiting, a request of any size is admitted.
    if (this.#events.taken === 0) return;
    const load = this.#byOrg.get(orgId) ?? nothingWaiting;
    if (this.#events.mayTake(load.events, events) && this.#bytes.mayTake(load.bytes, bytes)) return;
    throw new PosthornError("PH_OVERLOADED", {}, { retryAfterSeconds: 1 });
  }

  #loadOf(orgId: string): Load {
    let load = this.#byOrg.get(orgId);
    if (load === undefined) {
      load = new Load();
      this.#byOrg.set(orgId, load);
    }
    return load;
  }
}

interface Size {
  events: number;
  bytes: number;
}

/** Sizes are counted in UTF-16 units, because waiting text needs that much memory. */
function sizesOf(events: readonly Arriving[]): ReadonlyMap<string, Size> {
  const sizes = new Map<string, Size>();
  for (const { orgId, dataJson } of events) {
    const size = sizes.get(orgId) ?? { events: 0, bytes: 0 };
    size.events += 1;
    size.bytes += dataJson.length;
    sizes.set(orgId, size);
  }
  return sizes;
}
