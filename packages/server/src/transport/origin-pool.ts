/**
 * The sockets to one origin, and the exchanges that wait for one. undici's own Pool lacks three
 * things: to cancel a request that is still waiting or connecting, to free its socket at that
 * moment, and to tell which address a socket is connected to. A socket is connected to an address
 * that was checked when the socket was opened. Each exchange has the current addresses of its name,
 * all of them checked. New sockets are opened only to these addresses, and a kept socket is used
 * only if its address is one of them. So a change of DNS takes effect within `limits.dnsCacheMs`,
 * and a name is never resolved again between the check and the connection. Endpoints of one origin
 * share its sockets. A free socket goes to the endpoint that has the fewest. When exchanges were
 * served in order of arrival, 20 slow endpoints made other endpoints' attempts 15 to 30 s late. An
 * endpoint may use at most as many sockets as are free (a dynamic threshold, as in
 * `pipeline/publish/admission.ts`). When five hanging endpoints could use all sockets, another
 * endpoint's attempt was 10 s late.
 */
import { limits } from "../limits.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import type { Route } from "./routes.ts";
import type { SocketTarget } from "./socket.ts";
import { SocketTurns, type SocketUser } from "./socket-turns.ts";

/**
 * The user of a connection. If `acquire` returns null, `run` is called once when a connection is
 * free, unless `leave` is called first. The user must release the connection that it gets.
 */
export interface ConnectionUser extends SocketUser<ConnectionUser> {
  run(connection: Connection): void;
}

export interface OriginPoolOptions {
  readonly route: Route;
  readonly ca: string | undefined;
  readonly nowMs: () => number;
  /** Called before a socket is opened, to free one if the maximum for all origins is reached. */
  onOpening(): void;
  onOpened(connection: Connection): void;
  /** Called when a connection has left the pool and must be destroyed. */
  onDropped(connection: Connection): void;
  /** Called when neither sockets nor users are left. */
  onEmpty(): void;
}

export class OriginPool implements ConnectionHost {
  readonly origin: string;
  readonly ca: string | undefined;
  readonly nowMs: () => number;
  session: Buffer | undefined = undefined;
  target: SocketTarget;
  /** When this pool was last used, as a counter over all pools. */
  usedAt = 0;
  readonly #options: OriginPoolOptions;
  /**
   * The free connections. The one that was used last is used first, so that unneeded ones become
   * old and are closed.
   */
  readonly #idle: Connection[] = [];
  readonly #turns = new SocketTurns<ConnectionUser>(limits.socketsPerOriginMax);
  #isClosing = false;

  constructor(options: OriginPoolOptions) {
    this.#options = options;
    this.origin = options.route.origin;
    this.ca = options.ca;
    this.nowMs = options.nowMs;
    this.target = options.route;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** Returns a connection, or null. If it returns null, `user.run` gets a connection later. */
  acquire(user: ConnectionUser, route: Route): Connection | null {
    if (route.addresses !== this.target.addresses) this.#retarget(route);
    if (this.#turns.mayTake(user.holder)) {
      return this.#lend(this.#idle.pop() ?? this.#open(), user);
    }
    this.#turns.wait(user);
    return null;
  }

  /**
   * Immediately replaces a connection that broke while it was in use. The new socket goes to the
   * addresses of `route`, which has just been checked.
   */
  replace(broken: Connection, route: Route): Connection {
    if (route.addresses !== this.target.addresses) this.#retarget(route);
    const fresh = this.#open();
    fresh.holder = broken.holder;
    broken.holder = null;
    this.#options.onDropped(broken);
    return fresh;
  }

  /** Called if the user no longer needs a connection. */
  leave(user: ConnectionUser): void {
    this.#turns.leave(user);
    this.#reportIfEmpty();
  }

  /** Called when the user is done. `isReusable` is true if the exchange ended properly. */
  release(connection: Connection, isReusable: boolean): void {
    const { holder } = connection;
    if (holder === null) return;
    connection.holder = null;
    this.#turns.giveBack(holder);
    if (isReusable && this.#mayKeep(connection)) this.#rest(connection);
    else this.#options.onDropped(connection);
    this.#serveWaiting();
    this.#reportIfEmpty();
  }

  /**
   * Serves waiting users. One connection that is given back may allow two to be used, because it
   * lowers the share of its endpoint and that of the whole pool.
   */
  #serveWaiting(): void {
    for (;;) {
      const user = this.#turns.next();
      if (user === undefined) return;
      const given = this.#lend(this.#idle.pop() ?? this.#open(), user);
      // The call is deferred, because users that fail immediately would otherwise call each other a
      // thousand levels deep.
      queueMicrotask(() => user.run(given));
    }
  }

  /** Closes the connection that has been idle for the longest time. */
  dropOldestIdle(): void {
    const oldest = this.#idle.shift();
    if (oldest !== undefined) this.#options.onDropped(oldest);
    this.#reportIfEmpty();
  }

  /** From now on no idle connection is kept. Exchanges that are in progress or waiting continue. */
  retire(): void {
    this.#isClosing = true;
    for (const connection of this.#idle.splice(0)) this.#options.onDropped(connection);
    this.#reportIfEmpty();
  }

  disconnected(connection: Connection): void {
    const index = this.#idle.indexOf(connection);
    // If the connection is in use, it fails its exchange, which releases the connection, or it
    // reconnects.
    if (index === -1) return;
    this.#idle.splice(index, 1);
    this.#options.onDropped(connection);
    this.#reportIfEmpty();
  }

  #open(): Connection {
    this.#options.onOpening();
    const connection = new Connection(this);
    this.#options.onOpened(connection);
    return connection;
  }

  #lend(connection: Connection, { holder }: ConnectionUser): Connection {
    connection.holder = holder;
    this.#turns.take(holder);
    return connection;
  }

  #rest(connection: Connection): void {
    if (this.#isClosing) this.#options.onDropped(connection);
    else this.#idle.push(connection);
  }

  #mayKeep({ isOpen, remoteAddress }: Connection): boolean {
    return isOpen && remoteAddress !== null && this.target.addresses.includes(remoteAddress);
  }

  #retarget(route: Route): void {
    this.target = route;
    const stale = this.#idle.filter((connection) => !this.#mayKeep(connection));
    for (const connection of stale) {
      this.#idle.splice(this.#idle.indexOf(connection), 1);
      this.#options.onDropped(connection);
    }
  }

  #reportIfEmpty(): void {
    const uses = this.#idle.length + this.#turns.busyCount + this.#turns.waitingCount;
    if (uses === 0) this.#options.onEmpty();
  }
}
