/** All connection pools, and their common maximums of origins and sockets. */
import type { Connection } from "./connection.ts";
import { OriginPool } from "./origin-pool.ts";
import type { Route } from "./routes.ts";

export interface PoolCounts {
  readonly pools: number;
  /** The number of sockets that are open, opening or closing. */
  readonly sockets: number;
}

export interface PoolBounds {
  readonly originsMax: number;
  readonly socketsMax: number;
}

export class Pools {
  readonly #ca: string | undefined;
  readonly #nowMs: () => number;
  readonly #bounds: PoolBounds;
  readonly #pools = new Map<string, OriginPool>();
  readonly #connections = new Set<Connection>();
  readonly #closing = new Set<Promise<void>>();
  #uses = 0;

  constructor(ca: string | undefined, bounds: PoolBounds, nowMs: () => number) {
    this.#ca = ca;
    this.#nowMs = nowMs;
    this.#bounds = bounds;
  }

  get counts(): PoolCounts {
    return { pools: this.#pools.size, sockets: this.#connections.size };
  }

  /** Returns the pool of the route's origin. Creates it if it does not exist. */
  for(route: Route): OriginPool {
    const pool = this.#pools.get(route.origin) ?? this.#create(route);
    this.#uses += 1;
    pool.usedAt = this.#uses;
    return pool;
  }

  /**
   * Closes all idle sockets. Resolves when sockets that left the pools before are closed as well.
   */
  async close(): Promise<void> {
    for (const pool of this.#pools.values()) pool.retire();
    while (this.#closing.size > 0) {
      // oxlint-disable-next-line no-await-in-loop -- closing one may make room for a waiting user
      await Promise.all(this.#closing);
    }
  }

  #create(route: Route): OriginPool {
    if (this.#pools.size >= this.#bounds.originsMax) this.#retireLeastUsed();
    const pool = new OriginPool({
      route,
      ca: this.#ca,
      nowMs: this.#nowMs,
      onOpening: () => {
        if (this.#connections.size >= this.#bounds.socketsMax) this.#dropLeastUsedSocket();
      },
      onOpened: (connection) => this.#connections.add(connection),
      onDropped: (connection) => this.#destroy(connection),
      onEmpty: () => {
        if (this.#pools.get(route.origin) === pool) this.#pools.delete(route.origin);
      },
    });
    this.#pools.set(route.origin, pool);
    return pool;
  }

  #retireLeastUsed(): void {
    const pool = leastUsed(this.#pools.values());
    if (pool === undefined) return;
    this.#pools.delete(pool.origin);
    pool.retire();
  }

  /** If no socket is idle, all are in use. The maximum of attempts then limits their number. */
  #dropLeastUsedSocket(): void {
    leastUsed([...this.#pools.values()].filter((pool) => pool.idleCount > 0))?.dropOldestIdle();
  }

  #destroy(connection: Connection): void {
    const closed = this.#closeLater(connection);
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }

  /**
   * Waits for one turn of the event loop, because undici may be calling from this very connection.
   */
  async #closeLater(connection: Connection): Promise<void> {
    await Promise.resolve();
    await connection.destroy();
    this.#connections.delete(connection);
  }
}

/**
 * Finds the pool that was used least recently. It scans all pools, but only when a maximum is
 * reached.
 */
function leastUsed(pools: Iterable<OriginPool>): OriginPool | undefined {
  let least: OriginPool | undefined;
  for (const pool of pools) {
    if (least === undefined || pool.usedAt < least.usedAt) least = pool;
  }
  return least;
}
