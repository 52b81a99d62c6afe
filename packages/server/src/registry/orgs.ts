/** Orgs. Posthorn creates an org the first time its id is used. This file sets their names. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { createdWith, type Actor } from "../model/audit.ts";
import { recordAudit } from "../postgres/audit.ts";
import type { Queryable } from "../postgres/pool.ts";
import { subjectsOf, type ChangedRow } from "./audit.ts";
import { checkText } from "./endpoint-fields.ts";

/**
 * Creates an org. With `isUpsert`, renames it if it exists.
 *
 * @throws PosthornError `PH_ORG_EXISTS`, `PH_FIELD_INVALID`
 */
export async function saveOrg(
  transaction: Queryable,
  id: string,
  name: unknown,
  options: { readonly isUpsert: boolean; readonly nowMs: number; readonly by: Actor },
): Promise<void> {
  const checked = checkName(name);
  const { nowMs, by } = options;
  const { rowCount } = await transaction.query(
    `insert into posthorn.orgs (id, name, created_at) values ($1, $2, $3)
     on conflict do nothing`,
    [id, checked, new Date(nowMs).toISOString()],
  );
  if (rowCount === 1) {
    const record = { action: "org.created", by, atMs: nowMs } as const;
    await recordAudit(transaction, record, [
      { orgId: id, id, changes: createdWith({ name: checked }) },
    ]);
    return;
  }
  if (!options.isUpsert) throw new PosthornError("PH_ORG_EXISTS", { org: id });
  if (checked !== null) await nameOrgs(transaction, [id], checked, { nowMs, by });
}

/** @throws PosthornError `PH_FIELD_INVALID` */
export async function nameOrgs(
  transaction: Queryable,
  ids: readonly string[],
  name: unknown,
  { nowMs, by }: { readonly nowMs: number; readonly by: Actor },
): Promise<void> {
  const { rows } = await transaction.query<ChangedRow>(
    `with before as (
       select id, name from posthorn.orgs where id = any ($1::uuid[]) for update
     )
     update posthorn.orgs as org set name = $2
     from before
     where org.id = before.id
     returning org.id, org.id as org_id, posthorn.changes_between(
       jsonb_build_object('name', before.name), jsonb_build_object('name', org.name)) as changes`,
    [ids, checkName(name)],
  );
  const record = { action: "org.updated", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
}

function checkName(name: unknown): string | null {
  if (name === undefined || name === null) return null;
  return checkText("name", name, limits.nameCharsMax);
}
