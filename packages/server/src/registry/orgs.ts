/** Orgs: they come into being when they are first named; here they get a name to read. */
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";
import { checkText } from "./endpoint-fields.ts";

/** Creates orgs, or names those that exist. @throws PosthornError `PH_FIELD_INVALID` */
export async function saveOrg(
  transaction: Queryable,
  id: string,
  name: unknown,
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.orgs (id, name, created_at) values ($1, $2, $3)
     on conflict (id) do update set name = coalesce(excluded.name, orgs.name)`,
    [id, checkName(name), new Date(nowMs).toISOString()],
  );
}

/** @throws PosthornError `PH_FIELD_INVALID` */
export async function nameOrgs(
  transaction: Queryable,
  ids: readonly string[],
  name: unknown,
): Promise<void> {
  await transaction.query("update posthorn.orgs set name = $2 where id = any ($1::uuid[])", [
    ids,
    checkName(name),
  ]);
}

function checkName(name: unknown): string | null {
  if (name === undefined || name === null) return null;
  return checkText("name", name, limits.nameCharsMax);
}
