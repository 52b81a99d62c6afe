/**
 * Listens to notifications on a connection of its own, and connects again when it breaks.
 * Notifications are hints: all that they announce is also found by polling.
 */
import pg from "pg";
import { limits } from "../limits.ts";
import type { Clock } from "../pipeline/ports.ts";
import { hostsOf } from "./hosts.ts";

export interface ListenOptions {
  /** May name several hosts: the one that takes writes is listened to. */
  readonly connectionString: string;
  readonly channels: readonly string[];
  readonly clock: Clock;
  onNotification(channel: string, payload: string): void;
  /** After every (re)connection: what was missed meanwhile must be looked up. */
  onConnected(): void;
  onError(error: unknown): void;
}

export interface Listener {
  close(): Promise<void>;
}

const reconnectMs = 500;

export function listen(options: ListenOptions): Listener {
  const hosts = hostsOf(options.connectionString);
  let client: pg.Client | null = null;
  let closed = false;
  let cancelReconnect = (): void => {};
  let connecting: Promise<void> = Promise.resolve();

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionString: await hosts.find(),
      application_name: "posthorn listen",
      keepAlive: true,
      keepAliveInitialDelayMillis: limits.databaseKeepAliveMs,
    });
    let reported = false;
    const lost = (error?: unknown): void => {
      if (reported || closed) return;
      reported = true;
      client = null;
      if (error !== undefined) options.onError(error);
      cancelReconnect = options.clock.after(reconnectMs, () => {
        connecting = connect();
      });
    };
    fresh.on("error", lost);
    fresh.on("end", () => lost());
    fresh.on("notification", ({ channel, payload }) => {
      options.onNotification(channel, payload ?? "");
    });
    try {
      await fresh.connect();
      for (const channel of options.channels) {
        await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
      }
    } catch (error) {
      lost(error);
      await fresh.end().catch(() => {});
      return;
    }
    client = fresh;
    if (!closed) options.onConnected();
  };
  connecting = connect();

  return {
    async close() {
      closed = true;
      cancelReconnect();
      await connecting;
      await client?.end().catch(() => {});
    },
  };
}
