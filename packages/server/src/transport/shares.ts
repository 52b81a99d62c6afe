/** Who has how many of something that is scarce, and who waits for one. */
export interface Sharer {
  readonly sharer: string;
}

/** The next one goes to the sharer who has the fewest; of equals, to the one who waited first. */
export class Shares<User extends Sharer> {
  readonly #held = new Map<string, number>();
  /** Of each sharer with any, in the order of arrival. */
  readonly #waiting = new Map<string, Set<User>>();
  #waitingCount = 0;

  get waitingCount(): number {
    return this.#waitingCount;
  }

  take(sharer: string): void {
    this.#held.set(sharer, (this.#held.get(sharer) ?? 0) + 1);
  }

  giveBack(sharer: string): void {
    const left = (this.#held.get(sharer) ?? 0) - 1;
    if (left > 0) this.#held.set(sharer, left);
    else this.#held.delete(sharer);
  }

  wait(user: User): void {
    const line = this.#waiting.get(user.sharer);
    if (line === undefined) this.#waiting.set(user.sharer, new Set([user]));
    else line.add(user);
    this.#waitingCount += 1;
  }

  /** The user does not wait any more; nothing, if it did not. */
  leave(user: User): void {
    const line = this.#waiting.get(user.sharer);
    if (line === undefined || !line.delete(user)) return;
    this.#waitingCount -= 1;
    if (line.size === 0) this.#waiting.delete(user.sharer);
  }

  /** Whose turn it is; waits no more. A scan of those who wait, who are few or nobody. */
  next(): User | undefined {
    let fewest: Set<User> | undefined;
    let fewestHeld = Infinity;
    for (const [sharer, line] of this.#waiting) {
      const held = this.#held.get(sharer) ?? 0;
      if (held >= fewestHeld) continue;
      fewestHeld = held;
      fewest = line;
    }
    const [user] = fewest ?? [];
    if (user !== undefined) this.leave(user);
    return user;
  }
}
