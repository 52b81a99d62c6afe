/**
 * Whose turn it is among the orgs that may send: each in its turn, as long as it has fewer attempts
 * under way than the node has left (dynamic thresholds, as in `admission.ts`). So an org whose
 * endpoints are all slow stops at half of the node's attempts. A second that comes later takes half
 * of the rest, and so on: the last ones are kept for orgs that have none under way.
 */
import { Line } from "../../model/linked-list.ts";
import type { Org } from "./endpoint-queue.ts";

export class Turns {
  /** In turn order. */
  readonly #ring = new Line<Org>();
  /**
   * Those that had their share when their turn came, by how many they have under way. They come
   * back one by one, those with the fewest first, and only when the ring is empty: one attempt that
   * ends lets one in, so no step looks at all of them.
   */
  readonly #heldBack: Line<Org>[] = [];
  #heldBackCount = 0;
  readonly #reserved: number;

  /** @param reserved attempts that only an org with none under way may start. */
  constructor(reserved: number) {
    this.#reserved = reserved;
  }

  join(org: Org): void {
    if (org.heldBack === null) org.place ??= this.#ring.join(org);
  }

  leave(org: Org): void {
    if (org.place !== null) this.#ring.leave(org.place);
    org.place = null;
    if (org.heldBack !== null) this.#letGo(org);
  }

  goToEnd(org: Org): void {
    if (org.place !== null) this.#ring.goToEnd(org.place);
  }

  /** The next org, in the ring; null if none may start another attempt of `free` that are left. */
  next(free: number): Org | null {
    for (let turn = this.#ring.first; turn !== null; turn = this.#ring.first) {
      const org = turn.item;
      if (this.#mayStart(org.inFlight, free)) return org;
      this.leave(org);
      this.#holdBack(org);
    }
    return this.#letIn(free);
  }

  /** Its number of attempts under way has changed. */
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
      this.join(org);
      return org;
    }
    return null;
  }

  #mayStart(inFlight: number, free: number): boolean {
    return inFlight < (inFlight === 0 ? free : free - this.#reserved);
  }

  #holdBack(org: Org): void {
    while (this.#heldBack.length <= org.inFlight) this.#heldBack.push(new Line());
    const row = this.#heldBack[org.inFlight] as Line<Org>;
    org.heldBack = { row, place: row.join(org) };
    this.#heldBackCount += 1;
  }

  #letGo(org: Org): void {
    if (org.heldBack === null) return;
    org.heldBack.row.leave(org.heldBack.place);
    org.heldBack = null;
    this.#heldBackCount -= 1;
  }
}
