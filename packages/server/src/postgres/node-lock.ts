/**
 * The advisory lock that a node's session holds while the node runs. If the process dies, the
 * server frees the lock, and the other nodes take over the node's work (`posthorn.take_over`).
 */
import type pg from "pg";
import { limits } from "../limits.ts";
import type { Clock } from "../pipeline/ports.ts";

export interface NodeLockOptions {
  readonly nodeId: string;
  readonly clock: Clock;
  /** Called when the session has the lock, which it keeps until the connection is lost. */
  onLocked(): void;
  onError(error: unknown): void;
}

const lockSql = "select pg_try_advisory_lock(posthorn.node_lock_key($1)) as is_held";

/**
 * Makes the server close a session whose machine or network is gone, which frees its lock. If the
 * server sends something, e.g. a notification, the timer restarts, so it can take up to twice as
 * long.
 */
const keepAliveSql = `
set tcp_keepalives_idle = 2;
set tcp_keepalives_interval = 1;
set tcp_keepalives_count = ${limits.nodeSilentMs / 1_000 - 2};
set tcp_user_timeout = ${limits.nodeSilentMs}
`;

const pauseMs = 500;

export class NodeLock {
  readonly #options: NodeLockOptions;
  #session: pg.Client | null = null;
  #isHeld = false;

  constructor(options: NodeLockOptions) {
    this.#options = options;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /**
   * Takes the lock in this session. It retries until it succeeds, because an earlier session of
   * this node may still have the lock until the server notices that the session is gone.
   */
  async takeOn(session: pg.Client): Promise<void> {
    this.#session = session;
    await session.query(keepAliveSql).catch((error: unknown) => this.#failed(session, error));
    while (this.#session === session) {
      if (await this.#try(session)) {
        this.#isHeld = true;
        this.#options.onLocked();
        return;
      }
      await new Promise<void>((resolve) => this.#options.clock.after(pauseMs, resolve));
    }
  }

  /** Called when the session's connection was lost or closed. */
  lost(): void {
    this.#session = null;
    this.#isHeld = false;
  }

  async #try(session: pg.Client): Promise<boolean> {
    try {
      const { nodeId } = this.#options;
      const { rows } = await session.query<{ is_held: boolean }>(lockSql, [nodeId]);
      return this.#session === session && rows[0]?.is_held === true;
    } catch (error) {
      this.#failed(session, error);
      return false;
    }
  }

  #failed(session: pg.Client, error: unknown): void {
    if (this.#session === session) this.#options.onError(error);
  }
}
