/**
 * Divides a scarce resource between tenants: attempts, sockets, room in a queue or before a commit.
 * The rule is the same for all of them (dynamic thresholds, Choudhury and Hahne, 1998): no tenant
 * may hold more than what is currently free. So a single greedy tenant stops at half. With `n`
 * greedy tenants each gets 1/(n + 1), and the same amount stays free for a quiet one. Nothing is
 * reserved for absent tenants. docs/fairness.md has the table. Freed capacity goes to the waiting
 * tenant that holds the least. If several hold the same, the one that has held that amount for
 * longest is next, so they take turns.
 */
import { LinkedList, type ListNode } from "./linked-list.ts";

/** The part of an allocator's capacity that one owner holds. Only the allocator changes it. */
export class Share<Owner> {
  readonly owner: Owner;
  held = 0;
  /** The share's list node while its owner waits for more. */
  place: ListNode<Share<Owner>> | null = null;

  constructor(owner: Owner) {
    this.owner = owner;
  }
}

export class FairAllocator<Owner> {
  /** The capacity may change at any time. If it is lowered, owners keep what they hold above it. */
  capacity: number;
  readonly #reserved: number;
  #taken = 0;
  /** The waiting shares. The index of a row is the amount that its shares hold. */
  readonly #rows: LinkedList<Share<Owner>>[] = [];
  /**
   * All rows before this one are empty. So a turn costs the same for any number of waiting owners.
   */
  #firstRow = 0;
  #waitingCount = 0;

  /** @param reserved a part of the capacity that only an owner without any may take. */
  constructor(capacity: number, reserved = 0) {
    this.capacity = capacity;
    this.#reserved = reserved;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * The free capacity. Negative while more is taken than there is, e.g. after one owner needed
   * several at once.
   */
  get free(): number {
    return this.capacity - this.#taken;
  }

  mayTake({ held }: Share<Owner>, amount = 1): boolean {
    return held + amount <= (held === 0 ? this.free : this.free - this.#reserved);
  }

  /** Takes an amount without a check of the limit. The caller calls `mayTake` first. */
  take(share: Share<Owner>, amount = 1): void {
    this.#taken += amount;
    this.#holds(share, share.held + amount);
  }

  giveBack(share: Share<Owner>, amount = 1): void {
    this.#taken -= amount;
    this.#holds(share, share.held - amount);
  }

  /**
   * Lets an owner wait for its turn until `leave`. Does nothing if the owner is already waiting.
   */
  wait(share: Share<Owner>): void {
    if (share.place !== null) return;
    this.#waitingCount += 1;
    this.#enterRow(share);
  }

  /** Stops the owner's wait. Does nothing if the owner is not waiting. */
  leave(share: Share<Owner>): void {
    if (share.place === null) return;
    this.#waitingCount -= 1;
    this.#leaveRow(share);
  }

  /** Passes the owner's turn on, although the owner took nothing. */
  moveToEnd(share: Share<Owner>): void {
    if (share.place !== null) this.#rows[share.held]?.moveToEnd(share.place);
  }

  /**
   * Returns the owner whose turn it is, and leaves it waiting; null if no waiting owner may take.
   */
  next(): Owner | null {
    if (this.#waitingCount === 0) return null;
    while ((this.#rows[this.#firstRow]?.size ?? 0) === 0) this.#firstRow += 1;
    const share = this.#rows[this.#firstRow]?.first?.item;
    // If this owner may not take, none may: owners in later rows hold more.
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
