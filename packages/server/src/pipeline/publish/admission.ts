/**
 * Back-pressure: what publishing may keep waiting for its commit, in events and in bytes. Nothing
 * that was taken in is ever dropped, so the bound is on what is taken in.
 *
 * Each org may have as much waiting as is left free (dynamic thresholds, Choudhury and Hahne,
 * 1998): an org that floods stops at half of the room, and the next one still finds a quarter. So
 * who floods is who waits, without a fixed share that would stand empty when one org is alone.
 */
import { PosthornError } from "../../errors/catalogue.ts";

export interface AdmissionBounds {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

interface Load {
  events: number;
  bytes: number;
}

export interface Arriving {
  readonly orgId: string;
  readonly dataJson: string;
}

export class Admission {
  readonly #bounds: AdmissionBounds;
  readonly #total: Load = { events: 0, bytes: 0 };
  readonly #byOrg = new Map<string, Load>();

  constructor(bounds: AdmissionBounds) {
    this.#bounds = bounds;
  }

  /**
   * Takes all of the events in, or none; every one that was taken in must `leave`.
   *
   * @throws PosthornError `PH_OVERLOADED`
   */
  enter(events: readonly Arriving[]): void {
    // The usual call has one event: its load is known without a table by org.
    const [first] = events;
    if (events.length === 1 && first !== undefined) {
      this.#check(first.orgId, 1, first.dataJson.length);
    } else {
      for (const [orgId, load] of loadsOf(events)) this.#check(orgId, load.events, load.bytes);
    }
    for (const { orgId, dataJson } of events) this.#add(orgId, 1, dataJson.length);
  }

  leave(events: readonly Arriving[]): void {
    for (const { orgId, dataJson } of events) this.#add(orgId, -1, -dataJson.length);
  }

  #check(orgId: string, events: number, bytes: number): void {
    const own = this.#byOrg.get(orgId) ?? none;
    const { eventsMax, bytesMax } = this.#bounds;
    const isOver =
      own.events + events > eventsMax - this.#total.events ||
      own.bytes + bytes > bytesMax - this.#total.bytes;
    // Alone it must go through, however large: an org with nothing waiting is never locked out
    // by its own size.
    if (isOver && this.#total.events > 0) {
      throw new PosthornError("PH_OVERLOADED", {}, { retryAfterSeconds: 1 });
    }
  }

  #add(orgId: string, events: 1 | -1, bytes: number): void {
    let own = this.#byOrg.get(orgId);
    if (own === undefined) {
      own = { events: 0, bytes: 0 };
      this.#byOrg.set(orgId, own);
    }
    own.events += events;
    own.bytes += bytes;
    this.#total.events += events;
    this.#total.bytes += bytes;
    if (own.events === 0) this.#byOrg.delete(orgId);
  }
}

const none: Readonly<Load> = { events: 0, bytes: 0 };

/** Bytes are counted in UTF-16 units, which is what they take while they wait. */
function loadsOf(events: readonly Arriving[]): ReadonlyMap<string, Load> {
  const loads = new Map<string, Load>();
  for (const { orgId, dataJson } of events) {
    const load = loads.get(orgId) ?? { events: 0, bytes: 0 };
    load.events += 1;
    load.bytes += dataJson.length;
    loads.set(orgId, load);
  }
  return loads;
}
