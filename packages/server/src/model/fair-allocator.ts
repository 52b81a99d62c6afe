/**
 * Divides something scarce between tenants: attempts, sockets, room in a queue or before a commit.
 *
 * The rule is the same for all of them (dynamic thresholds, Choudhury and Hahne, 1998): nobody may
 * take more than is free. A single greedy holder stops at half. With `n` of them each gets one part
 * of n + 1, and the last part stays free for a quiet one. No fixed share is wasted when somebody is
 * alone. docs/fairness.md has the table.
 *
 * What comes free goes to whoever waits and holds the least. Of equals, the one that has held so
 * little for longest is next, so they take turns.
 */
import { LinkedList, type ListNode } from "./linked-list.ts";

/** What one owner holds of one allocator's capacity. Only the allocator changes it. */
export class Share<Owner> {
  readonly owner: Owner;
  held = 0;
  /** Its place while it waits for more. */
  place: ListNode<Share<Owner>> | null = null;

  constructor(owner: Owner) {
    this.owner = owner;
  }
}

export class FairAllocator<Owner> {
  /** May change at any time. If it is lowered, what is held above it stays held. */
  capacity: number;
  readonly #reserved: number;
  #taken = 0;
  /** The shares that wait, by how much they hold. */
  readonly #rows: LinkedList<Share<Owner>>[] = [];
  /** No row before this one has a share. So a turn costs the same, however many wait. */
  #firstRow = 0;
  #waitingCount = 0;

  /** @param reserved what only an owner that holds nothing may take. */
  constructor(capacity: number, reserved = 0) {
    this.capacity = capacity;
    this.#reserved = reserved;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Negative while more is taken than there is, e.g. by one that needed several at once. */
  get free(): number {
    return this.capacity - this.#taken;
  }

  mayTake({ held }: Share<Owner>, amount = 1): boolean {
    return held + amount <= (held === 0 ? this.free : this.free - this.#reserved);
  }

  /** Whether it may is the caller's to ask before. */
  take(share: Share<Owner>, amount = 1): void {
    this.#taken += amount;
    this.#holds(share, share.held + amount);
  }

  giveBack(share: Share<Owner>, amount = 1): void {
    this.#taken -= amount;
    this.#holds(share, share.held - amount);
  }

  /** Waits for a turn until it leaves. Does nothing if it waits already. */
  wait(share: Share<Owner>): void {
    if (share.place !== null) return;
    this.#waitingCount += 1;
    this.#enterRow(share);
  }

  /** Does nothing if it does not wait. */
  leave(share: Share<Owner>): void {
    if (share.place === null) return;
    this.#waitingCount -= 1;
    this.#leaveRow(share);
  }

  /** Its turn is over, although it took nothing. */
  moveToEnd(share: Share<Owner>): void {
    if (share.place !== null) this.#rows[share.held]?.moveToEnd(share.place);
  }

  /** Returns the owner whose turn it is, which still waits; null if nobody that waits may take. */
  next(): Owner | null {
    if (this.#waitingCount === 0) return null;
    while ((this.#rows[this.#firstRow]?.size ?? 0) === 0) this.#firstRow += 1;
    const share = this.#rows[this.#firstRow]?.first?.item;
    // Those in later rows hold more, so they may not take either.
    return share !== undefined && this.mayTake(share) ? share.owner : null;
  }

  #holds(share: Share<Owner>, held: number): void {
    const isWaiting = share.place !== null;
    if (isWaiting) this.#leaveRow(share);
    share.held = held;
    if (isWaiting) this.#enterRow(share);
  }

  #enterRow(share: Share<Owner>): void {
    while (this.#rows.length <= share.held) this.#rows.push(new LinkedList());
    share.place = this.#rows[share.held]?.append(share) ?? null;
    this.#firstRow = Math.min(this.#firstRow, share.held);
  }

  #leaveRow(share: Share<Owner>): void {
    if (share.place !== null) this.#rows[share.held]?.remove(share.place);
    share.place = null;
  }
}
