/**
 * Back-pressure: bounds the events and bytes that wait for a commit. Admitted events are never
 * dropped, so the bound applies at admission.
 *
 * An org may have as much waiting as is free (dynamic thresholds, Choudhury and Hahne, 1998). A
 * flooding org stops at half of the room, and the next one still finds a quarter. So a flood delays
 * only its own org, without fixed shares that would be wasted when one org is alone.
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
   * Admits all of the events or none. Every admitted event must `leave`.
   *
   * @throws PosthornError `PH_OVERLOADED`
   */
  enter(events: readonly Arriving[]): void {
    // The usual call has one event: its load needs no map by org.
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
    // An org with nothing waiting is always admitted, whatever the size of its events.
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

/** Bytes are counted in UTF-16 units, which is what they occupy while they wait. */
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
