/**
 * Detects whether a pooler such as PgBouncer is between Posthorn and the server, and its mode. In
 * session mode a client stays on one connection to the server. In transaction mode it may change
 * after each transaction, so no session state can be used.
 */
import type pg from "pg";

export type Pooling = "none" | "session" | "transaction";

/** How often each of two connections is queried; both would have to stay in step by chance. */
const questions = 24;

/**
 * @param client just connected, in no transaction.
 * @param backendPid the result of `pg_backend_pid()` on it.
 * @param connectAnother a second connection by the same route; it is closed here.
 */
export async function findPooling(
  client: pg.Client,
  backendPid: number,
  connectAnother: () => Promise<pg.Client>,
): Promise<Pooling> {
  // A server announces its process when a connection starts. A pooler announces its own number,
  // because cancel requests go through it.
  if (announcedPid(client) === backendPid) return "none";
  const other = await connectAnother();
  try {
    const pids = [new Set<number>([backendPid]), new Set<number>()] as const;
    for (let asked = 0; asked < questions; asked += 1) {
      // In random order: with two connections handed out in turn, a fixed order would look sticky.
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

/** The driver's types lack it. */
function announcedPid(client: pg.Client): number | null {
  const { processID } = client as pg.Client & { readonly processID?: number | null };
  return processID ?? null;
}

async function askPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}
