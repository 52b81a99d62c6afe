/** Who has how many of something that is scarce, and who waits for one. */
import { Line, type Place } from "../model/linked-list.ts";

export interface Sharer<User> {
  readonly sharer: string;
  /** Where it waits; written by `Shares` alone. */
  place: Place<User> | null;
}

/** What is known of a sharer who has any, or waits for one. */
interface Account<User> {
  held: number;
  /** In the order of arrival. */
  readonly waiting: Line<User>;
  /** Among those who wait and have as many; null if nobody waits. */
  place: Place<Account<User>> | null;
}

/**
 * The next one goes to the sharer who has the fewest; of equals, to the one who has had that few
 * for longest. No operation looks at all who wait: on one origin there may be thousands.
 */
export class Shares<User extends Sharer<User>> {
  readonly #accounts = new Map<string, Account<User>>();
  /** Those who wait, by how many they have. */
  readonly #waitingByHeld: Line<Account<User>>[] = [];
  #waitingCount = 0;

  get waitingCount(): number {
    return this.#waitingCount;
  }

  take(sharer: string): void {
    const account = this.#accountOf(sharer);
    this.#leaveRow(account);
    account.held += 1;
    this.#joinRow(account);
  }

  giveBack(sharer: string): void {
    const account = this.#accounts.get(sharer);
    if (account === undefined || account.held === 0) return;
    this.#leaveRow(account);
    account.held -= 1;
    this.#joinRow(account);
    this.#forgetIfIdle(sharer, account);
  }

  wait(user: User): void {
    const account = this.#accountOf(user.sharer);
    user.place = account.waiting.join(user);
    this.#waitingCount += 1;
    if (account.place === null) this.#joinRow(account);
  }

  /** The user does not wait any more; nothing, if it did not. */
  leave(user: User): void {
    const { sharer, place } = user;
    const account = this.#accounts.get(sharer);
    if (place === null || account?.waiting.leave(place) !== true) return;
    user.place = null;
    this.#waitingCount -= 1;
    if (account.waiting.size > 0) return;
    this.#leaveRow(account);
    this.#forgetIfIdle(sharer, account);
  }

  /** How many the sharer has. */
  heldBy(sharer: string): number {
    return this.#accounts.get(sharer)?.held ?? 0;
  }

  /** Whose turn it is among those who have fewer than `fewerThan`; waits no more. */
  next(fewerThan: number): User | undefined {
    if (this.#waitingCount === 0) return undefined;
    const end = Math.min(fewerThan, this.#waitingByHeld.length);
    for (let held = 0; held < end; held += 1) {
      const user = this.#waitingByHeld[held]?.first?.item.waiting.first?.item;
      if (user === undefined) continue;
      this.leave(user);
      return user;
    }
    return undefined;
  }

  #accountOf(sharer: string): Account<User> {
    let account = this.#accounts.get(sharer);
    if (account === undefined) {
      account = { held: 0, waiting: new Line(), place: null };
      this.#accounts.set(sharer, account);
    }
    return account;
  }

  #forgetIfIdle(sharer: string, { held, waiting }: Account<User>): void {
    if (held === 0 && waiting.size === 0) this.#accounts.delete(sharer);
  }

  #joinRow(account: Account<User>): void {
    if (account.waiting.size === 0) return;
    // One row for each number up to it: nobody has more than the origin has sockets.
    while (this.#waitingByHeld.length <= account.held) this.#waitingByHeld.push(new Line());
    account.place = this.#waitingByHeld[account.held]?.join(account) ?? null;
  }

  #leaveRow(account: Account<User>): void {
    if (account.place === null) return;
    this.#waitingByHeld[account.held]?.leave(account.place);
    account.place = null;
  }
}
