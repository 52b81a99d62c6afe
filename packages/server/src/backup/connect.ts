/** The connection over which a backup is read or written. */
import type pg from "pg";
import { RoutedClient } from "../postgres/connection.ts";
import { hostsOf } from "../postgres/hosts.ts";
import { sessionSettings, settingsSql } from "../postgres/session.ts";

export interface CopyClient {
  readonly client: pg.Client;
  /** SQL that sets Posthorn's session settings until the end of the transaction. */
  readonly settings: string;
}

/**
 * Connects, runs `work`, and closes the connection. Everything must be in one transaction, because
 * a pooler may use another session for the next.
 */
export async function withCopyClient<Result>(
  connectionString: string,
  work: (connected: CopyClient) => Promise<Result>,
): Promise<Result> {
  const { route, facts } = await hostsOf(connectionString).find();
  // The name does not start with `posthorn`: such sessions hold back the reaper's watermark for as
  // long as their transaction takes, because they might lease deliveries.
  const client = new RoutedClient(route, { name: "backup of posthorn", answerMs: null });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const settings = settingsSql(sessionSettings(route.url, facts, { statementMs: null }), true);
    return await work({ client, settings });
  } finally {
    await client.end().catch(() => undefined);
  }
}
