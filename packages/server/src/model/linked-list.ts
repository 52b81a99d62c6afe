/**
 * A doubly linked list. It appends at its end, and with an item's node it can remove the item or
 * move it to the end in constant time. A `Set` is not used: with constant additions and deletions
 * it outgrows its table again and again, and in V8 every old table keeps a reference to the next.
 * Once minor collections skip one of them, everything in later tables survives until the next major
 * collection. That was 22 % of all allocations, and pauses of 8 to 25 ms at 1,000 events/s
 * (docs/performance.md).
 */
export class LinkedList<Item> {
  #first: ListNode<Item> | null = null;
  #last: ListNode<Item> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): ListNode<Item> | null {
    return this.#first;
  }

  append(item: Item): ListNode<Item> {
    const node: ListNode<Item> = { item, list: this, before: null, after: null };
    this.#link(node);
    this.#size += 1;
    return node;
  }

  /** Moves an item to the end. Does nothing if the node is not in this list. */
  moveToEnd(node: ListNode<Item>): void {
    if (node.list !== this || node === this.#last) return;
    this.#unlink(node);
    node.after = null;
    this.#link(node);
  }

  /**
   * Removes an item.
   * @returns false if the node is not in this list, or no longer.
   */
  remove(node: ListNode<Item>): boolean {
    if (node.list !== this) return false;
    this.#unlink(node);
    // Clears the references, because a removed node would otherwise keep all the others in memory.
    node.list = null;
    node.before = null;
    node.after = null;
    this.#size -= 1;
    return true;
  }

  all(): Item[] {
    const items: Item[] = [];
    for (let node = this.#first; node !== null; node = node.after) items.push(node.item);
    return items;
  }

  #link(node: ListNode<Item>): void {
    node.before = this.#last;
    if (this.#last === null) this.#first = node;
    else this.#last.after = node;
    this.#last = node;
  }

  #unlink({ before, after }: ListNode<Item>): void {
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
  }
}

/** An item's node in a list. Only the list changes it. */
export interface ListNode<Item> {
  readonly item: Item;
  list: LinkedList<Item> | null;
  before: ListNode<Item> | null;
  after: ListNode<Item> | null;
}
