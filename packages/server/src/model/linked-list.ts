/**
 * A line of those who wait: the first to come is the first to go, and anybody may leave it from
 * anywhere.
 *
 * Not a `Set`: one that is added to and deleted from all the time outgrows its table again and
 * again, and in V8 every outgrown table keeps a reference to the next. As soon as one of them is
 * old enough that minor collections leave it alone, nothing that is in those after it dies before
 * the next major one: 22 % of all that was allocated, and collections of 8 to 25 ms at 1,000
 * events a second (docs/performance.md).
 */
export class Line<Item> {
  #first: Place<Item> | null = null;
  #last: Place<Item> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Place<Item> | null {
    return this.#first;
  }

  join(item: Item): Place<Item> {
    const place: Place<Item> = { item, line: this, before: null, after: null };
    this.#append(place);
    this.#size += 1;
    return place;
  }

  /** The same place, behind all others; nothing, if it is not in this line. */
  goToEnd(place: Place<Item>): void {
    if (place.line !== this || place === this.#last) return;
    this.#unlink(place);
    place.after = null;
    this.#append(place);
  }

  /** @returns false if the place is not, or no longer, in this line. */
  leave(place: Place<Item>): boolean {
    if (place.line !== this) return false;
    this.#unlink(place);
    // Cut, so that who has left keeps none of the others in memory.
    place.line = null;
    place.before = null;
    place.after = null;
    this.#size -= 1;
    return true;
  }

  /** All who are in it now, in order. */
  all(): Item[] {
    const items: Item[] = [];
    for (let place = this.#first; place !== null; place = place.after) items.push(place.item);
    return items;
  }

  #append(place: Place<Item>): void {
    place.before = this.#last;
    if (this.#last === null) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
  }

  #unlink({ before, after }: Place<Item>): void {
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
  }
}

/** Where somebody stands. Only the line changes it. */
export interface Place<Item> {
  readonly item: Item;
  line: Line<Item> | null;
  before: Place<Item> | null;
  after: Place<Item> | null;
}
