/**
 * Listens to notifications on its own connection, and reconnects when that is lost. Notifications
 * are only hints: polling finds everything that they announce. A pooler in transaction mode cannot
 * forward notifications, so Posthorn only polls there.
 */
import pg from "pg";
import { limits } from "../limits.ts";
import type { Clock } from "../pipeline/ports.ts";
import { connectClient } from "./clients.ts";
import type { Hosts } from "./hosts.ts";
import { NodeLock } from "./node-lock.ts";

export interface ListenOptions {
  /** The hosts. It connects to the one that accepts writes. */
  readonly hosts: Hosts;
  readonly channels: readonly string[];
  readonly clock: Clock;
  readonly nodeId: string;
  /** Called when the session has the node's lock, which it keeps until the connection is lost. */
  onLocked(): void;
  onNotification(channel: string, payload: string): void;
  /** Called after every connection or reconnection, because notifications may have been missed. */
  onConnected(): void;
  /** Called every `limits.notificationsPollMs` if the connection cannot receive notifications. */
  onPoll(): void;
  /** Called when the connection is lost: notifications may be missed from now on. */
  onLost(): void;
  onError(error: unknown): void;
}

export interface Listener {
  /** Whether the session has this node's advisory lock, which proves that the node is not dead. */
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
    options.onLost();
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
    for (const channel of options.channels)
      await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
    if (isBroken) throw new Error("The connection broke during LISTEN.");
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
