/**
 * Back-pressure: what publishing may keep waiting for its commit, in events and in bytes. Nothing
 * that was taken in is ever dropped, so the bound is on what is taken in.
 *
 * Each org may have as much waiting as is left free (dynamic thresholds, Choudhury and Hahne,
 * 1998): an org that floods stops at half of the room, and the next one still finds a quarter. So
 * who floods is who waits, without a fixed share that would stand empty when one org is alone.
 */
import { PosthornError } from "../errors.ts";

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
    for (const [orgId, load] of loadsOf(events)) {
      const own = this.#byOrg.get(orgId) ?? { events: 0, bytes: 0 };
      const { eventsMax, bytesMax } = this.#bounds;
      const isOver =
        own.events + load.events > eventsMax - this.#total.events ||
        own.bytes + load.bytes > bytesMax - this.#total.bytes;
      // Alone it must go through, however large: an org with nothing waiting is never locked out
      // by its own size.
      if (isOver && this.#total.events > 0) {
        throw new PosthornError("PH_OVERLOADED", {}, { retryAfterSeconds: 1 });
      }
    }
    this.#count(events, 1);
  }

  leave(events: readonly Arriving[]): void {
    this.#count(events, -1);
  }

  #count(events: readonly Arriving[], sign: 1 | -1): void {
    for (const [orgId, load] of loadsOf(events)) {
      const own = this.#byOrg.get(orgId) ?? { events: 0, bytes: 0 };
      own.events += sign * load.events;
      own.bytes += sign * load.bytes;
      this.#total.events += sign * load.events;
      this.#total.bytes += sign * load.bytes;
      if (own.events === 0) this.#byOrg.delete(orgId);
      else this.#byOrg.set(orgId, own);
    }
  }
}

/** Bytes are counted in UTF-16 units, which is what they take while they wait. */
function loadsOf(events: readonly Arriving[]): Iterable<readonly [string, Load]> {
  const [first] = events;
  if (events.length === 1 && first !== undefined) {
    return [[first.orgId, { events: 1, bytes: first.dataJson.length }]];
  }
  const loads = new Map<string, Load>();
  for (const { orgId, dataJson } of events) {
    const load = loads.get(orgId) ?? { events: 0, bytes: 0 };
    load.events += 1;
    load.bytes += dataJson.length;
    loads.set(orgId, load);
  }
  return loads;
}
