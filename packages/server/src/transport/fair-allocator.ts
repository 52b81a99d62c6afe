/** Who has how many of something that is scarce, and who waits for one. */
import { LinkedList, type ListNode } from "../model/linked-list.ts";

export interface Holder<User> {
  readonly holder: string;
  /** Where it waits; written by `FairAllocator` alone. */
  place: ListNode<User> | null;
}

/** What is known of a holder who has any, or waits for one. */
interface Account<User> {
  held: number;
  /** In the order of arrival. */
  readonly waiting: LinkedList<User>;
  /** Among those who wait and have as many; null if nobody waits. */
  place: ListNode<Account<User>> | null;
}

/**
 * The next one goes to the holder who has the fewest; of equals, to the one who has had that few
 * for longest. No operation looks at all who wait: on one origin there may be thousands.
 */
export class FairAllocator<User extends Holder<User>> {
  readonly #accounts = new Map<string, Account<User>>();
  /** Those who wait, by how many they have. */
  readonly #waitingByHeld: LinkedList<Account<User>>[] = [];
  #waitingCount = 0;

  get waitingCount(): number {
    return this.#waitingCount;
  }

  take(holder: string): void {
    const account = this.#accountOf(holder);
    this.#leaveRow(account);
    account.held += 1;
    this.#joinRow(account);
  }

  giveBack(holder: string): void {
    const account = this.#accounts.get(holder);
    if (account === undefined || account.held === 0) return;
    this.#leaveRow(account);
    account.held -= 1;
    this.#joinRow(account);
    this.#forgetIfIdle(holder, account);
  }

  wait(user: User): void {
    const account = this.#accountOf(user.holder);
    user.place = account.waiting.append(user);
    this.#waitingCount += 1;
    if (account.place === null) this.#joinRow(account);
  }

  /** The user does not wait any more; nothing, if it did not. */
  leave(user: User): void {
    const { holder, place } = user;
    const account = this.#accounts.get(holder);
    if (place === null || account?.waiting.remove(place) !== true) return;
    user.place = null;
    this.#waitingCount -= 1;
    if (account.waiting.size > 0) return;
    this.#leaveRow(account);
    this.#forgetIfIdle(holder, account);
  }

  /** How many the holder has. */
  heldBy(holder: string): number {
    return this.#accounts.get(holder)?.held ?? 0;
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

  #accountOf(holder: string): Account<User> {
    let account = this.#accounts.get(holder);
    if (account === undefined) {
      account = { held: 0, waiting: new LinkedList(), place: null };
      this.#accounts.set(holder, account);
    }
    return account;
  }

  #forgetIfIdle(holder: string, { held, waiting }: Account<User>): void {
    if (held === 0 && waiting.size === 0) this.#accounts.delete(holder);
  }

  #joinRow(account: Account<User>): void {
    if (account.waiting.size === 0) return;
    // One row for each number up to it: nobody has more than the origin has sockets.
    while (this.#waitingByHeld.length <= account.held) this.#waitingByHeld.push(new LinkedList());
    account.place = this.#waitingByHeld[account.held]?.append(account) ?? null;
  }

  #leaveRow(account: Account<User>): void {
    if (account.place === null) return;
    this.#waitingByHeld[account.held]?.remove(account.place);
    account.place = null;
  }
}
