/**
 * Orgs. Posthorn creates an org the first time its id is used. This file sets their names,
 * tags, feature flags and contracts.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { createdWith, type Actor } from "../model/audit.ts";
import { parseOrgId, type OrgId } from "../model/org-id.ts";
import { probeOrgId } from "../model/probe.ts";
import { recordAudit } from "../postgres/audit.ts";
import type { Queryable } from "../postgres/pool.ts";
import { subjectsOf, type ChangedRow } from "./audit.ts";
import { checkFeatureFlags, checkTags } from "./channels-and-tags.ts";
import { checkText } from "./endpoint-fields.ts";

/**
 * Creates an org if it does not exist.
 * @returns true if it did not.
 * @throws PosthornError `PH_FIELD_INVALID` for the org of the probe, which nobody may change.
 */
export async function createOrg(
  transaction: Queryable,
  { id, externalId }: OrgId,
  nowMs: number,
  name: string | null = null,
): Promise<boolean> {
  if (id === probeOrgId) {
    const allowed = "the id of another org; this one belongs to Posthorn's own test events";
    throw new PosthornError("PH_FIELD_INVALID", { field: "org_id", allowed });
  }
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
 * Creates the org of a new endpoint if it does not exist, and locks it to count its endpoints.
 * @throws PosthornError `PH_TOO_MANY_ENDPOINTS`, and those of `createOrg`.
 */
export async function enterOrg(transaction: Queryable, org: OrgId, nowMs: number): Promise<void> {
  await createOrg(transaction, org, nowMs);
  await transaction.query("select from posthorn.orgs where id = $1 for update", [org.id]);
  const { rows } = await transaction.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.endpoints
     where org_id = $1 and deleted_at is null`,
    [org.id],
  );
  if ((rows[0]?.count ?? 0) >= limits.endpointsPerOrgMax) {
    throw new PosthornError("PH_TOO_MANY_ENDPOINTS", { endpoints: limits.endpointsPerOrgMax });
  }
}

/** While an org is being erased, everything that is created for it is erased as well. */
export async function isBeingErased(transaction: Queryable, orgId: string): Promise<boolean> {
  const { rowCount } = await transaction.query(
    "select from posthorn.erasures where org_id = $1 and finished_at is null",
    [orgId],
  );
  return rowCount !== 0;
}

/** Fields of a request, not checked yet. Undefined: not given. */
export interface OrgFields {
  readonly name?: unknown;
  readonly tags?: unknown;
  readonly feature_flags?: unknown;
  readonly contracts?: unknown;
}

interface OrgChange {
  readonly nowMs: number;
  readonly by: Actor;
}

/**
 * Creates an org with these fields if it does not exist.
 *
 * @param text the platform's id of the org.
 * @returns false if it exists. Then nothing was changed.
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_CONTRACT_UNKNOWN`
 */
export async function addOrg(
  transaction: Queryable,
  text: string,
  fields: OrgFields,
  { nowMs, by }: OrgChange,
): Promise<boolean> {
  const name = checkName(fields.name);
  const tags = checkTags(fields.tags);
  const flags = checkFeatureFlags(fields.feature_flags);
  const contracts = await checkOffered(transaction, fields.contracts);
  const org = parseOrgId(text);
  if (!(await createOrg(transaction, org, nowMs, name))) return false;
  const more = {
    ...(tags === null ? {} : { tags }),
    ...(flags === null ? {} : { feature_flags: flags }),
    ...(contracts === null ? {} : { contracts }),
  };
  if (Object.keys(more).length > 0) {
    await transaction.query(
      "update posthorn.orgs set tags = $2, feature_flags = $3, contracts = $4 where id = $1",
      [org.id, tags, flags, contracts],
    );
  }
  const record = { action: "org.created", by, atMs: nowMs } as const;
  const created = createdWith({ name, ...more });
  await recordAudit(transaction, record, [{ orgId: org.id, id: text, changes: created }]);
  return true;
}

/**
 * Creates an org. With `isUpsert`, changes it if it exists.
 *
 * @param text the platform's id of the org.
 * @throws PosthornError `PH_ORG_EXISTS`, `PH_FIELD_INVALID`, `PH_CONTRACT_UNKNOWN`
 */
export async function saveOrg(
  transaction: Queryable,
  text: string,
  fields: OrgFields,
  { isUpsert, ...change }: OrgChange & { readonly isUpsert: boolean },
): Promise<void> {
  if (await addOrg(transaction, text, fields, change)) return;
  if (!isUpsert) throw new PosthornError("PH_ORG_EXISTS", { org: text });
  const { name, ...given } = fields;
  const changed = name === undefined || name === null ? given : { ...given, name };
  await updateOrgs(transaction, [parseOrgId(text).id], changed, change);
}

/**
 * Changes the given fields of existing orgs.
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_CONTRACT_UNKNOWN`
 */
export async function updateOrgs(
  transaction: Queryable,
  ids: readonly string[],
  fields: OrgFields,
  { nowMs, by }: OrgChange,
): Promise<void> {
  const name = checkName(fields.name);
  const tags = checkTags(fields.tags);
  const flags = checkFeatureFlags(fields.feature_flags);
  const isGiven = [fields.name !== undefined, fields.tags !== undefined];
  isGiven.push(fields.feature_flags !== undefined, fields.contracts !== undefined);
  if (!isGiven.includes(true)) return;
  const contracts = await checkOffered(transaction, fields.contracts);
  const { rows } = await transaction.query<ChangedRow>(
    `with before as (
       select id, ${orgState} as state from posthorn.orgs as org where id = any ($1::uuid[])
       for update
     )
     update posthorn.orgs as org
     set name = case when $2 then $3 else org.name end,
         tags = case when $4 then $5::text[] else org.tags end,
         feature_flags = case when $6 then $7::text[] else org.feature_flags end,
         contracts = case when $8 then $9::text[] else org.contracts end,
         updated_at = $10
     from before
     where org.id = before.id
     returning coalesce(org.external_id, org.id::text) as id, org.id as org_id,
       posthorn.changes_between(before.state, ${orgState}) as changes`,
    [
      ids,
      isGiven[0],
      name,
      isGiven[1],
      tags,
      isGiven[2],
      flags,
      isGiven[3],
      contracts,
      new Date(nowMs).toISOString(),
    ],
  );
  const record = { action: "org.updated", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
}

/** The state of `posthorn.orgs as org`, as input of `posthorn.changes_between`. */
const orgState = `jsonb_build_object(
  'name', org.name, 'tags', org.tags, 'feature_flags', org.feature_flags,
  'contracts', org.contracts)`;

function checkName(name: unknown): string | null {
  if (name === undefined || name === null) return null;
  return checkText("name", name, limits.nameCharsMax);
}

/**
 * Checks the contracts that an org may use. The lock prevents their deletion until the list is
 * stored; a deletion then finds the list.
 */
async function checkOffered(
  transaction: Queryable,
  value: unknown,
): Promise<readonly string[] | null> {
  if (value === undefined || value === null) return null;
  const given: readonly unknown[] = Array.isArray(value) ? value : [];
  const names = given.filter((name) => typeof name === "string");
  const isList =
    names.length > 0 &&
    names.length <= limits.orgContractsMax &&
    names.length === given.length &&
    new Set(names).size === names.length;
  if (!isList) {
    const allowed = `null, or a list of 1 to ${limits.orgContractsMax} different contracts`;
    throw new PosthornError("PH_FIELD_INVALID", { field: "contracts", allowed });
  }
  const { rows } = await transaction.query<{ name: string }>(
    `select name from posthorn.contracts where name = any ($1::text[]) and version is not null
     order by name for key share`,
    [names],
  );
  const unknown = names.find((name) => !rows.some((row) => row.name === name));
  if (unknown === undefined) return names;
  const all = await transaction.query<{ name: string }>(
    "select name from posthorn.contracts where version is not null order by name",
  );
  throw new PosthornError("PH_CONTRACT_UNKNOWN", {
    contract: JSON.stringify(unknown),
    contracts: all.rows.map(({ name }) => name).join(", "),
  });
}
