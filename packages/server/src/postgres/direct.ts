/** The way to the database past a pooler, for what needs a session of the server. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { connectClient } from "./clients.ts";
import { hostsOf, type Hosts } from "./hosts.ts";
import type { Queryable } from "./pool.ts";

/** Two servers, or a server and its copy, have not started in the same microsecond. */
const identitySql =
  "select concat(current_database(), ' ', pg_postmaster_start_time()) as identity";

/**
 * @param directUrl of `POSTHORN_DIRECT_URL`; null: the pool's own way.
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
