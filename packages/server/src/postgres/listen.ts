/**
 * Listens to notifications on a connection of its own, and connects again when it breaks.
 * Notifications are hints: all that they announce is also found by polling, and through a pooler in
 * transaction mode, which cannot pass them on, by nothing else.
 */
import pg from "pg";
import { limits } from "../limits.ts";
import type { Clock } from "../pipeline/ports.ts";
import { connectClient } from "./clients.ts";
import type { Hosts } from "./hosts.ts";

export interface ListenOptions {
  /** Listens to the host that accepts writes. */
  readonly hosts: Hosts;
  readonly channels: readonly string[];
  readonly clock: Clock;
  readonly nodeId: string;
  /** The session has the node's lock, from now until the connection breaks. */
  onLocked(): void;
  onNotification(channel: string, payload: string): void;
  /** After every (re)connection: what was missed meanwhile must be looked up. */
  onConnected(): void;
  /** Every `limits.notificationsPollMs`, where no session of the server can be kept. */
  onPoll(): void;
  onError(error: unknown): void;
}

export interface Listener {
  /** Whether the session holds this node's advisory lock: while it does, the node is not dead. */
  readonly holdsLock: boolean;
  close(): Promise<void>;
}

const reconnectMs = 500;

const lockSql = "select pg_advisory_lock(posthorn.node_lock_key($1))";

/** The server notices within 11 s that this machine or the network is gone, and frees the lock. */
const keepAliveSql = `
set tcp_keepalives_idle = 5;
set tcp_keepalives_interval = 2;
set tcp_keepalives_count = 3;
set tcp_user_timeout = 11000
`;

export function listen(options: ListenOptions): Listener {
  const { hosts } = options;
  let client: pg.Client | null = null;
  let closed = false;
  let holdsLock = false;
  let cancelReconnect = (): void => {};
  let connecting: Promise<void> = Promise.resolve();

  const reconnectLater = (error?: unknown): void => {
    if (closed) return;
    client = null;
    holdsLock = false;
    if (error !== undefined) options.onError(error);
    cancelReconnect = options.clock.after(reconnectMs, () => {
      connecting = connect();
    });
  };
  const pollLater = (): void => {
    if (closed) return;
    cancelReconnect = options.clock.after(limits.notificationsPollMs, () => {
      options.onPoll();
      connecting = connect();
    });
  };
  const connect = async (): Promise<void> => {
    let fresh: pg.Client | null = null;
    try {
      const found = await hosts.way();
      if (found.pooling === "transaction") return pollLater();
      const statementMs = limits.databaseStatementMs;
      fresh = await connectClient(found, { name: "posthorn listen", statementMs });
      await startListening(fresh);
    } catch (error) {
      hosts.lost();
      await fresh?.end().catch(() => undefined);
      reconnectLater(error);
    }
  };
  const startListening = async (fresh: pg.Client): Promise<void> => {
    let isBroken = false;
    const broken = (error?: unknown): void => {
      if (isBroken) return;
      isBroken = true;
      if (client === fresh) reconnectLater(error);
    };
    fresh.on("error", broken);
    fresh.on("end", () => broken());
    fresh.on("notification", ({ channel, payload }) => {
      options.onNotification(channel, payload ?? "");
    });
    await fresh.query(keepAliveSql);
    for (const channel of options.channels) {
      await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
    }
    if (isBroken) throw new Error("The connection broke while it started to listen.");
    client = fresh;
    if (!closed) options.onConnected();
    void takeLock(fresh);
  };
  /** An earlier session of this node, whose end the server has not noticed, may still hold it. */
  const takeLock = async (fresh: pg.Client): Promise<void> => {
    while (client === fresh && !closed && !holdsLock) {
      try {
        await fresh.query(lockSql, [options.nodeId]);
        holdsLock = client === fresh;
      } catch (error) {
        if (client === fresh && !closed) options.onError(error);
        await new Promise<void>((resolve) => options.clock.after(reconnectMs, resolve));
      }
    }
    if (holdsLock) options.onLocked();
  };
  connecting = connect();

  return {
    get holdsLock() {
      return holdsLock;
    },
    async close() {
      closed = true;
      cancelReconnect();
      await connecting;
      await client?.end().catch(() => {});
    },
  };
}
