/**
 * The sockets to one origin, and the exchanges that wait for one.
 *
 * undici's own Pool cannot do three things that are needed here: cancel a request that still waits
 * or connects, free its socket at that moment, and tell which address a socket is connected to.
 *
 * Reused sockets and changing names: a socket is connected to an address that was checked when it
 * was opened. Each exchange brings its name's current addresses, all checked. New sockets go only
 * to those, and a reused socket serves an exchange only if its address is among them. So a name's
 * change takes effect within `limits.dnsCacheMs`, and no name is resolved again between check and
 * connect.
 *
 * Endpoints of one origin share its sockets. A free socket goes to the endpoint with the fewest:
 * with 20 slow endpoints and order of arrival, the others' attempts came 15 to 30 s late. And no
 * endpoint may hold more than are free (dynamic thresholds, as in `pipeline/publish/admission.ts`):
 * with five hanging endpoints that shared all sockets, another's attempt came 10 s late.
 */
import { limits } from "../limits.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import type { Route } from "./routes.ts";
import type { SocketTarget } from "./socket.ts";
import { SocketTurns, type SocketUser } from "./socket-turns.ts";

/**
 * The user of a connection. If `acquire` returned none, `run` is called once, later, unless the
 * user left before; the user must release whatever `run` gets.
 */
export interface ConnectionUser extends SocketUser<ConnectionUser> {
  run(connection: Connection): void;
}

export interface OriginPoolOptions {
  readonly route: Route;
  readonly ca: string | undefined;
  readonly nowMs: () => number;
  /** Called before a socket is opened, to make room among the sockets of all origins. */
  onOpening(): void;
  onOpened(connection: Connection): void;
  /** The connection left the pool and must be destroyed. */
  onDropped(connection: Connection): void;
  /** Neither sockets nor users are left. */
  onEmpty(): void;
}

export class OriginPool implements ConnectionHost {
  readonly origin: string;
  readonly ca: string | undefined;
  readonly nowMs: () => number;
  session: Buffer | undefined = undefined;
  target: SocketTarget;
  /** Where this pool stands in the order of use over all pools. */
  usedAt = 0;
  readonly #options: OriginPoolOptions;
  /** Last in, first out: unneeded connections grow old and are closed. */
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

  /** Returns a connection immediately, or null: then `user.run` gets one later. */
  acquire(user: ConnectionUser, route: Route): Connection | null {
    if (route.addresses !== this.target.addresses) this.#retarget(route);
    if (this.#turns.mayTake(user.holder)) {
      return this.#lend(this.#idle.pop() ?? this.#open(), user);
    }
    this.#turns.wait(user);
    return null;
  }

  /**
   * Immediately replaces a lent connection that broke: its user keeps its turn. The new socket goes
   * to the addresses of `route`, which has just passed the guard.
   */
  replace(broken: Connection, route: Route): Connection {
    if (route.addresses !== this.target.addresses) this.#retarget(route);
    const fresh = this.#open();
    fresh.holder = broken.holder;
    broken.holder = null;
    this.#options.onDropped(broken);
    return fresh;
  }

  /** The user no longer wants a connection. */
  leave(user: ConnectionUser): void {
    this.#turns.leave(user);
    this.#reportIfEmpty();
  }

  /** The user is done. `isReusable`: the exchange ended properly. */
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

  /** One that was given back may be enough for two: it makes room for its holder, and for all. */
  #serveWaiting(): void {
    for (;;) {
      const user = this.#turns.next();
      if (user === undefined) return;
      const given = this.#lend(this.#idle.pop() ?? this.#open(), user);
      // Deferred: a row of users that fail at once would call each other a thousand levels deep.
      queueMicrotask(() => user.run(given));
    }
  }

  /** Closes the connection that has been idle longest. */
  dropOldestIdle(): void {
    const oldest = this.#idle.shift();
    if (oldest !== undefined) this.#options.onDropped(oldest);
    this.#reportIfEmpty();
  }

  /** From now on no connection is kept; running and waiting exchanges continue. */
  retire(): void {
    this.#isClosing = true;
    for (const connection of this.#idle.splice(0)) this.#options.onDropped(connection);
    this.#reportIfEmpty();
  }

  disconnected(connection: Connection): void {
    const index = this.#idle.indexOf(connection);
    // One that is busy either fails its exchange, which then gives it back, or reconnects.
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
