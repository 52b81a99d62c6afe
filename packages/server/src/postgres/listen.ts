/**
 * Listens to notifications on its own connection, and reconnects when it breaks. Notifications are
 * hints: polling finds everything that they announce. A pooler in transaction mode cannot pass them
 * on, so there polling is the only way.
 */
import pg from "pg";
import { limits } from "../limits.ts";
import type { Clock } from "../pipeline/ports.ts";
import { connectClient } from "./clients.ts";
import type { Hosts } from "./hosts.ts";
import { NodeLock } from "./node-lock.ts";

export interface ListenOptions {
  /** Listens to the host that accepts writes. */
  readonly hosts: Hosts;
  readonly channels: readonly string[];
  readonly clock: Clock;
  readonly nodeId: string;
  /** From now until the connection breaks, the session holds the node's lock. */
  onLocked(): void;
  onNotification(channel: string, payload: string): void;
  /** After every (re)connection: missed notifications must be looked up. */
  onConnected(): void;
  /** Every `limits.notificationsPollMs`, if no session of the server can be kept. */
  onPoll(): void;
  onError(error: unknown): void;
}

export interface Listener {
  /** Whether the session holds this node's advisory lock: while it does, the node is not dead. */
  holdsLock(): boolean;
  close(): Promise<void>;
}

const reconnectMs = 500;

export function listen(options: ListenOptions): Listener {
  const { hosts } = options;
  let client: pg.Client | null = null;
  let closed = false;
  const lock = new NodeLock(options);
  let cancelReconnect = (): void => {};
  let connecting: Promise<void> = Promise.resolve();

  const reconnectLater = (error?: unknown): void => {
    if (closed) return;
    client = null;
    lock.lost();
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
    for (const channel of options.channels) {
      await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
    }
    if (isBroken) throw new Error("The connection broke while it started to listen.");
    client = fresh;
    if (closed) return;
    options.onConnected();
    void lock.takeOn(fresh);
  };
  connecting = connect();

  return {
    holdsLock: () => lock.isHeld,
    async close() {
      closed = true;
      lock.lost();
      cancelReconnect();
      await connecting;
      await client?.end().catch(() => {});
    },
  };
}
