/**
 * A doubly linked list: items are appended at its end, and any of them can be removed or moved to
 * the end in constant time, by its node.
 *
 * Not a `Set`: one that is added to and deleted from all the time outgrows its table again and
 * again, and in V8 every outgrown table keeps a reference to the next. As soon as one of them is
 * old enough that minor collections leave it alone, nothing that is in those after it dies before
 * the next major one: 22 % of all that was allocated, and collections of 8 to 25 ms at 1,000
 * events a second (docs/performance.md).
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

  /** Does nothing if the node is not in this list. */
  moveToEnd(node: ListNode<Item>): void {
    if (node.list !== this || node === this.#last) return;
    this.#unlink(node);
    node.after = null;
    this.#link(node);
  }

  /** @returns false if the node is not, or no longer, in this list. */
  remove(node: ListNode<Item>): boolean {
    if (node.list !== this) return false;
    this.#unlink(node);
    // Or a removed node would keep all the others in memory.
    node.list = null;
    node.before = null;
    node.after = null;
    this.#size -= 1;
    return true;
  }

  /** All items, in order. */
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

/** An item's place in a list. Only the list changes it. */
export interface ListNode<Item> {
  readonly item: Item;
  list: LinkedList<Item> | null;
  before: ListNode<Item> | null;
  after: ListNode<Item> | null;
}
