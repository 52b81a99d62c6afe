/**
 * Decides who gets the sockets of one origin: how many each endpoint has, and which users wait for
 * one.
 */
import { FairAllocator, Share } from "../model/fair-allocator.ts";
import { LinkedList, type ListNode } from "../model/linked-list.ts";

export interface SocketUser<User> {
  /** The name of the endpoint within the origin. */
  readonly holder: string;
  /**
   * The user's position in the queue; null if the user is not waiting. Only `SocketTurns` changes
   * it.
   */
  place: ListNode<User> | null;
}

/** An endpoint that uses a socket or waits for one. */
class Holder<User> {
  readonly name: string;
  readonly share: Share<Holder<User>>;
  /** Waiting users, in order of arrival. */
  readonly waiting = new LinkedList<User>();

  constructor(name: string) {
    this.name = name;
    this.share = new Share(this);
  }
}

export class SocketTurns<User extends SocketUser<User>> {
  readonly #sockets: FairAllocator<Holder<User>>;
  readonly #holders = new Map<string, Holder<User>>();
  /**
   * Stands for an endpoint that has no socket and waits for none, so its numbers must never change.
   */
  readonly #noSocket = new Holder<User>("").share;
  #waitingCount = 0;

  constructor(socketsMax: number) {
    this.#sockets = new FairAllocator(socketsMax);
  }

  get busyCount(): number {
    return this.#sockets.taken;
  }

  get waitingCount(): number {
    return this.#waitingCount;
  }

  mayTake(holder: string): boolean {
    return this.#sockets.mayTake(this.#holders.get(holder)?.share ?? this.#noSocket);
  }

  take(holder: string): void {
    this.#sockets.take(this.#holderOf(holder).share);
  }

  giveBack(holder: string): void {
    const known = this.#holders.get(holder);
    if (known === undefined || known.share.held === 0) return;
    this.#sockets.giveBack(known.share);
    this.#forgetIfIdle(known);
  }

  wait(user: User): void {
    const holder = this.#holderOf(user.holder);
    user.place = holder.waiting.append(user);
    this.#waitingCount += 1;
    this.#sockets.wait(holder.share);
  }

  /** Does nothing if the user is not waiting. */
  leave(user: User): void {
    const holder = this.#holders.get(user.holder);
    if (user.place === null || holder?.waiting.remove(user.place) !== true) return;
    user.place = null;
    this.#waitingCount -= 1;
    if (holder.waiting.size > 0) return;
    this.#sockets.leave(holder.share);
    this.#forgetIfIdle(holder);
  }

  /** Removes the next user and returns it; undefined if no user may take a socket. */
  next(): User | undefined {
    const user = this.#sockets.next()?.waiting.first?.item;
    if (user !== undefined) this.leave(user);
    return user;
  }

  #holderOf(name: string): Holder<User> {
    let holder = this.#holders.get(name);
    if (holder === undefined) {
      holder = new Holder(name);
      this.#holders.set(name, holder);
    }
    return holder;
  }

  #forgetIfIdle({ name, share, waiting }: Holder<User>): void {
    if (share.held === 0 && waiting.size === 0) this.#holders.delete(name);
  }
}
