/**
 * Whose turn it is among the orgs that may send: each in its turn, as long as it has fewer attempts
 * under way than the node has left (dynamic thresholds, as in `admission.ts`). So an org whose
 * endpoints are all slow stops at half of the node's attempts. A second that comes later takes half
 * of the rest, and so on: the last ones are kept for orgs that have none under way.
 */
import { LinkedList } from "../../model/linked-list.ts";
import type { Org } from "./endpoint-queue.ts";

export class OrgScheduler {
  /** In turn order. */
  readonly #ring = new LinkedList<Org>();
  /**
   * Those that had their share when their turn came, by how many they have under way. They come
   * back one by one, those with the fewest first, and only when the ring is empty: one attempt that
   * ends lets one in, so no step looks at all of them.
   */
  readonly #heldBack: LinkedList<Org>[] = [];
  #heldBackCount = 0;
  readonly #reserved: number;

  /** @param reserved attempts that only an org with none under way may start. */
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

  /** The next org, in the ring; null if none may start another attempt of `free` that are left. */
  next(free: number): Org | null {
    for (let node = this.#ring.first; node !== null; node = this.#ring.first) {
      const org = node.item;
      if (this.#mayStart(org.inFlight, free)) return org;
      this.remove(org);
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
