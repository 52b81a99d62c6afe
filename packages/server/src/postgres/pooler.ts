/**
 * Detects whether there is a pooler such as PgBouncer between Posthorn and the server, and its
 * mode. In session mode, a client keeps its connection to the server. In transaction mode, the
 * connection may change after each transaction, so session state cannot be used.
 */
import type pg from "pg";

export type Pooling = "none" | "session" | "transaction";

/**
 * How many queries decide between the modes. Only by a rare coincidence would a pooler in
 * transaction mode give each client the same server connection every time.
 */
const questions = 24;

/**
 * @param client a client that has just connected, outside any transaction.
 * @param backendPid its result of `pg_backend_pid()`.
 * @param connectAnother opens a second connection in the same way, which is closed here.
 */
export async function findPooling(
  client: pg.Client,
  backendPid: number,
  connectAnother: () => Promise<pg.Client>,
): Promise<Pooling> {
  // A server sends the id of its process when a connection starts. A pooler sends a number of its
  // own, because it must handle cancel requests.
  if (announcedPid(client) === backendPid) return "none";
  const other = await connectAnother();
  try {
    const pids = [new Set<number>([backendPid]), new Set<number>()] as const;
    for (let asked = 0; asked < questions; asked += 1) {
      // The order of the two clients is random. If the pooler assigned its connections in turn, a
      // fixed order would look like session mode.
      const which = asked < 2 ? 1 - asked : Math.round(Math.random());
      pids[which as 0 | 1].add(await askPid(which === 0 ? client : other));
      if (pids[0].size > 1 || pids[1].size > 1) return "transaction";
      if ([...pids[0]].some((pid) => pids[1].has(pid))) return "transaction";
    }
    return "session";
  } finally {
    await other.end().catch(() => undefined);
  }
}

/** Reads a member that the driver's types lack. */
function announcedPid(client: pg.Client): number | null {
  const { processID } = client as pg.Client & { readonly processID?: number | null };
  return processID ?? null;
}

async function askPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}
