/** Endpoints whose destination is `cli`: they have a terminal instead of a URL. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { DestinationKind } from "../model/endpoint.ts";
import type { Queryable } from "../postgres/pool.ts";

/** Checks that the endpoint has a URL if its destination is `http`, and has none otherwise. */
export function placeOf(destination: DestinationKind, url: unknown): { readonly url?: unknown } {
  if (destination === "http") return { url: url ?? null };
  if (url !== undefined && url !== null) throw urlOfTerminal();
  return { url: undefined };
}

/** @throws PosthornError `PH_FIELD_INVALID` if one of the endpoints is a terminal. */
export async function requireUrls(transaction: Queryable, ids: readonly string[]): Promise<void> {
  const { rowCount } = await transaction.query(
    "select from posthorn.endpoints where id = any ($1::uuid[]) and destination <> 'http' limit 1",
    [ids],
  );
  if (rowCount !== 0) throw urlOfTerminal();
}

function urlOfTerminal(): PosthornError {
  const allowed = "no value if the destination is cli";
  return new PosthornError("PH_FIELD_INVALID", { field: "url", allowed });
}

/**
 * @throws PosthornError `PH_TOO_MANY_TERMINALS`. The caller must have locked the org, so that its
 * terminals can be counted.
 */
export async function insertTerminal(
  transaction: Queryable,
  id: string,
  orgId: string,
): Promise<void> {
  const { rows } = await transaction.query<{ count: number }>(
    "select count(*)::integer as count from posthorn.terminals where org_id = $1",
    [orgId],
  );
  if ((rows[0]?.count ?? 0) >= limits.terminalsPerOrgMax) {
    throw new PosthornError("PH_TOO_MANY_TERMINALS", { terminals: limits.terminalsPerOrgMax });
  }
  await transaction.query(
    "insert into posthorn.terminals (endpoint_id, org_id, seen_at) values ($1, $2, now())",
    [id, orgId],
  );
}

/** Ends the sessions of these endpoints' terminals. */
export async function removeTerminals(
  transaction: Queryable,
  ids: readonly string[],
): Promise<void> {
  await transaction.query("delete from posthorn.terminals where endpoint_id = any ($1::uuid[])", [
    ids,
  ]);
}
