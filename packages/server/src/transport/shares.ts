/** Who has how many of something that is scarce, and who waits for one. */
import { Line, type Place } from "./line.ts";

export interface Sharer<User> {
  readonly sharer: string;
  /** Where it waits; written by `Shares` alone. */
  place: Place<User> | null;
}

/**
 * The next one goes to the sharer who has the fewest; of equals, to the one who has had that few
 * for longest. No operation looks at all who wait: on one origin there may be thousands.
 */
export class Shares<User extends Sharer<User>> {
  readonly #held = new Map<string, number>();
  /** Of each sharer with any, in the order of arrival. */
  readonly #waiting = new Map<string, Line<User>>();
  /** Those who wait, by how many they have. */
  readonly #waitingByHeld: Set<string>[] = [];
  #waitingCount = 0;

  get waitingCount(): number {
    return this.#waitingCount;
  }

  take(sharer: string): void {
    this.#hold(sharer, 1);
  }

  giveBack(sharer: string): void {
    this.#hold(sharer, -1);
  }

  wait(user: User): void {
    const { sharer } = user;
    let line = this.#waiting.get(sharer);
    if (line === undefined) {
      line = new Line();
      this.#waiting.set(sharer, line);
      this.#havingAs(sharer).add(sharer);
    }
    user.place = line.join(user);
    this.#waitingCount += 1;
  }

  /** The user does not wait any more; nothing, if it did not. */
  leave(user: User): void {
    const { sharer, place } = user;
    const line = this.#waiting.get(sharer);
    if (place === null || line?.leave(place) !== true) return;
    user.place = null;
    this.#waitingCount -= 1;
    if (line.size > 0) return;
    this.#waiting.delete(sharer);
    this.#havingAs(sharer).delete(sharer);
  }

  /** Whose turn it is; waits no more. */
  next(): User | undefined {
    for (const sharers of this.#waitingByHeld) {
      for (const sharer of sharers) {
        const user = this.#waiting.get(sharer)?.first?.item;
        if (user !== undefined) this.leave(user);
        return user;
      }
    }
    return undefined;
  }

  #hold(sharer: string, more: 1 | -1): void {
    const isWaiting = this.#waiting.has(sharer);
    if (isWaiting) this.#havingAs(sharer).delete(sharer);
    const held = Math.max(0, (this.#held.get(sharer) ?? 0) + more);
    if (held > 0) this.#held.set(sharer, held);
    else this.#held.delete(sharer);
    if (isWaiting) this.#havingAs(sharer).add(sharer);
  }

  /** Those who wait and have as many as this one. */
  #havingAs(sharer: string): Set<string> {
    const held = this.#held.get(sharer) ?? 0;
    // One for each number up to it: nobody has more than the origin has sockets.
    while (this.#waitingByHeld.length <= held) this.#waitingByHeld.push(new Set());
    return this.#waitingByHeld[held] as Set<string>;
  }
}
