/** Orgs: they come into being when they are first named; here they get a name to read. */
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";
import { checkText } from "./endpoint-fields.ts";

/**
 * Creates an org; with `isUpsert`, names the one that exists.
 *
 * @throws PosthornError `PH_ORG_EXISTS`, `PH_FIELD_INVALID`
 */
export async function saveOrg(
  transaction: Queryable,
  id: string,
  name: unknown,
  options: { readonly isUpsert: boolean; readonly nowMs: number },
): Promise<void> {
  const checked = checkName(name);
  const { rowCount } = await transaction.query(
    `insert into posthorn.orgs (id, name, created_at) values ($1, $2, $3)
     on conflict do nothing`,
    [id, checked, new Date(options.nowMs).toISOString()],
  );
  if (rowCount === 1) return;
  if (!options.isUpsert) throw new PosthornError("PH_ORG_EXISTS", { org: id });
  if (checked !== null) await nameOrgs(transaction, [id], checked);
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
