/** Orgs. Posthorn creates an org the first time its id is used. This file sets their names. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { createdWith, type Actor } from "../model/audit.ts";
import { parseOrgId, type OrgId } from "../model/org-id.ts";
import { recordAudit } from "../postgres/audit.ts";
import type { Queryable } from "../postgres/pool.ts";
import { subjectsOf, type ChangedRow } from "./audit.ts";
import { checkText } from "./endpoint-fields.ts";

/**
 * Creates an org if it does not exist.
 * @returns true if it did not.
 */
export async function createOrg(
  transaction: Queryable,
  { id, externalId }: OrgId,
  nowMs: number,
  name: string | null = null,
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `insert into posthorn.orgs (id, external_id, name, created_at) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [id, externalId, name, new Date(nowMs).toISOString()],
  );
  if (rowCount === 1) return true;
  // The org was first named by the UUID of its text.
  if (externalId !== null) {
    await transaction.query(
      "update posthorn.orgs set external_id = $2 where id = $1 and external_id is null",
      [id, externalId],
    );
  }
  return false;
}

/**
 * Creates an org. With `isUpsert`, renames it if it exists.
 *
 * @param text the platform's id of the org.
 * @throws PosthornError `PH_ORG_EXISTS`, `PH_FIELD_INVALID`
 */
export async function saveOrg(
  transaction: Queryable,
  text: string,
  name: unknown,
  options: { readonly isUpsert: boolean; readonly nowMs: number; readonly by: Actor },
): Promise<void> {
  const checked = checkName(name);
  const { nowMs, by } = options;
  const org = parseOrgId(text);
  if (await createOrg(transaction, org, nowMs, checked)) {
    const record = { action: "org.created", by, atMs: nowMs } as const;
    await recordAudit(transaction, record, [
      { orgId: org.id, id: text, changes: createdWith({ name: checked }) },
    ]);
    return;
  }
  if (!options.isUpsert) throw new PosthornError("PH_ORG_EXISTS", { org: text });
  if (checked !== null) await nameOrgs(transaction, [org.id], checked, { nowMs, by });
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
     update posthorn.orgs as org set name = $2, updated_at = $3
     from before
     where org.id = before.id
     returning coalesce(org.external_id, org.id::text) as id, org.id as org_id,
       posthorn.changes_between(
       jsonb_build_object('name', before.name), jsonb_build_object('name', org.name)) as changes`,
    [ids, checkName(name), new Date(nowMs).toISOString()],
  );
  const record = { action: "org.updated", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
}

function checkName(name: unknown): string | null {
  if (name === undefined || name === null) return null;
  return checkText("name", name, limits.nameCharsMax);
}
