/**
 * Deadlines of exchanges. Deadlines with the same timeout expire in the order in which they
 * started, so one timer per timeout is enough. A separate timer for each exchange took 4 µs and was
 * nearly always cancelled.
 */
import { LinkedList, type ListNode } from "../model/linked-list.ts";

export interface Expiring {
  /** Called once, unless the deadline was removed before. */
  expire(): void;
}

/** The result of `add`, and the argument of `remove`. */
export type Deadline<Who extends Expiring> = ListNode<Due<Who>>;

interface Due<Who> {
  readonly who: Who;
  readonly atMs: number;
}

interface Row<Who> {
  readonly timeoutMs: number;
  /** The deadlines, earliest first. */
  readonly list: LinkedList<Due<Who>>;
  timer: NodeJS.Timeout | null;
}

export class Deadlines<Who extends Expiring> {
  readonly #rows = new Map<number, Row<Who>>();

  get count(): number {
    let count = 0;
    for (const { list } of this.#rows.values()) count += list.size;
    return count;
  }

  add(who: Who, timeoutMs: number): Deadline<Who> {
    let row = this.#rows.get(timeoutMs);
    if (row === undefined) {
      row = { timeoutMs, list: new LinkedList(), timer: null };
      this.#rows.set(timeoutMs, row);
    }
    if (row.timer === null) this.#arm(row, timeoutMs);
    return row.list.append({ who, atMs: performance.now() + timeoutMs });
  }

  remove(deadline: Deadline<Who>): void {
    deadline.list?.remove(deadline);
  }

  /** Returns all objects that have a deadline. */
  all(): Who[] {
    const lines = [...this.#rows.values()].map(({ list }) => list.all());
    return lines.flat().map(({ who }) => who);
  }

  /** Cancels all timers. The remaining exchanges no longer expire. */
  close(): void {
    for (const row of this.#rows.values()) if (row.timer !== null) clearTimeout(row.timer);
    this.#rows.clear();
  }

  #arm(row: Row<Who>, delayMs: number): void {
    row.timer = setTimeout(() => {
      row.timer = null;
      this.#expireDue(row);
    }, delayMs);
  }

  /**
   * Expires what is due, and sets the timer for the next deadline. Removes a row that has become
   * empty.
   */
  #expireDue(row: Row<Who>): void {
    const { list } = row;
    for (let first = list.first; first !== null; first = list.first) {
      const { who, atMs } = first.item;
      const leftMs = atMs - performance.now();
      if (leftMs > 0) return this.#arm(row, Math.ceil(leftMs));
      list.remove(first);
      who.expire();
    }
    if (row.timer === null && this.#rows.get(row.timeoutMs) === row) {
      this.#rows.delete(row.timeoutMs);
    }
  }
}
