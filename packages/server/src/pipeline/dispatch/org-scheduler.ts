/**
 * Schedules orgs round robin. An org may start attempts while it has fewer in progress than the
 * node has free (dynamic thresholds, as in `admission.ts`). So an org with only slow endpoints
 * stops at half of the node's attempts, a second one at half of the rest, and so on. The last
 * attempts are reserved for orgs that have none in progress.
 */
import { LinkedList } from "../../model/linked-list.ts";
import type { Org } from "./endpoint-queue.ts";

export class OrgScheduler {
  /** In round-robin order. */
  readonly #ring = new LinkedList<Org>();
  /**
   * Orgs that were at their limit when their turn came, by their number of attempts in progress.
   * They return one at a time, those with the fewest first, and only when the ring is empty. Each
   * finished attempt lets one return, so no step looks at all of them.
   */
  readonly #heldBack: LinkedList<Org>[] = [];
  #heldBackCount = 0;
  readonly #reserved: number;

  /** @param reserved attempts that only an org with none in progress may start. */
  constructor(reserved: number) {
    this.#reserved = reserved;
  }

  add(org: Org): void {
    if (org.heldBack === null) org.place ??= this.#ring.append(org);
  }

  remove(org: Org): void {
    if (org.place !== null) this.#ring.remove(org.place);
    org.place = null;
    if (org.heldBack !== null) this.#letGo(org);
  }

  moveToEnd(org: Org): void {
    if (org.place !== null) this.#ring.moveToEnd(org.place);
  }

  /** Returns the next org; null if no org may start one of the `free` attempts. */
  next(free: number): Org | null {
    for (let node = this.#ring.first; node !== null; node = this.#ring.first) {
      const org = node.item;
      if (this.#mayStart(org.inFlight, free)) return org;
      this.remove(org);
      this.#holdBack(org);
    }
    return this.#letIn(free);
  }

  /** Call this when an org's number of attempts in progress changed. */
  counted(org: Org): void {
    if (org.heldBack === null) return;
    this.#letGo(org);
    this.#holdBack(org);
  }

  #letIn(free: number): Org | null {
    if (this.#heldBackCount === 0) return null;
    const rows = this.#heldBack.length;
    for (let inFlight = 0; inFlight < rows && this.#mayStart(inFlight, free); inFlight += 1) {
      const org = this.#heldBack[inFlight]?.first?.item;
      if (org === undefined) continue;
      this.#letGo(org);
      this.add(org);
      return org;
    }
    return null;
  }

  #mayStart(inFlight: number, free: number): boolean {
    return inFlight < (inFlight === 0 ? free : free - this.#reserved);
  }

  #holdBack(org: Org): void {
    while (this.#heldBack.length <= org.inFlight) this.#heldBack.push(new LinkedList());
    const row = this.#heldBack[org.inFlight] as LinkedList<Org>;
    org.heldBack = { row, place: row.append(org) };
    this.#heldBackCount += 1;
  }

  #letGo(org: Org): void {
    if (org.heldBack === null) return;
    org.heldBack.row.remove(org.heldBack.place);
    org.heldBack = null;
    this.#heldBackCount -= 1;
  }
}
