/** A connection without a pooler, for work that needs a session. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { connectClient } from "./clients.ts";
import { hostsOf, type Hosts } from "./hosts.ts";
import type { Queryable } from "./pool.ts";

/**
 * Identifies a server by its start time in microseconds, which differs between a server and a copy
 * of it.
 */
const identitySql =
  "select concat(current_database(), ' ', pg_postmaster_start_time()) as identity";

/**
 * @param directUrl the value of `POSTHORN_DIRECT_URL`; null to use the pool's own URL.
 * @throws PosthornError `PH_DIRECT_URL_POOLED`, `PH_DIRECT_URL_OTHER`
 */
export async function openDirect(
  directUrl: string | null,
  hosts: Hosts,
  pool: Queryable,
): Promise<Hosts> {
  if (directUrl === null) return hosts;
  const direct = hostsOf(directUrl, "POSTHORN_DIRECT_URL");
  const found = await direct.find();
  if (found.pooling === "transaction") throw new PosthornError("PH_DIRECT_URL_POOLED");
  const client = await connectClient(found, {
    name: "posthorn start",
    statementMs: limits.databaseStatementMs,
  });
  try {
    const [here, there] = [await client.query(identitySql), await pool.query(identitySql)];
    const [one, other] = [here, there].map(({ rows }) => JSON.stringify(rows));
    if (one !== other) throw new PosthornError("PH_DIRECT_URL_OTHER");
  } finally {
    await client.end();
  }
  return direct;
}
