/** Imports applications and endpoints of a Svix server, with the ids that they had there. */
import { PosthornError } from "../errors/catalogue.ts";
import type { Actor } from "../model/audit.ts";
import { externalIdProblem, orgIdText, parseOrgId, type OrgId } from "../model/org-id.ts";
import { svixContract } from "../model/preset.ts";
import { svixPrefixes, uuidOfSvixId, type SvixKind } from "../model/svix-id.ts";
import type { Queryable } from "../postgres/pool.ts";
import type { EndpointRegistry, NewEndpointFields } from "./endpoints.ts";
import { setOrgMetadata } from "./metadata.ts";
import { addOrg, isBeingErased } from "./orgs.ts";
import { hasAlias, readAlias, saveAlias } from "./svix-aliases.ts";

export interface ImportedApplication {
  /** Its id on the other server. */
  readonly svixId: unknown;
  /** The platform's own id; null if it has none. */
  readonly uid: string | null;
  readonly name?: unknown;
  readonly metadata?: unknown;
}

export interface ImportChange {
  readonly nowMs: number;
  readonly by: Actor;
}

/**
 * Imports an application. Its org is named by the uid, or without one by the Svix id. A repeated
 * import changes nothing.
 *
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_SVIX_ID_TAKEN`, `PH_ORG_BEING_ERASED`
 */
export async function importSvixApplication(
  transaction: Queryable,
  application: ImportedApplication,
  change: ImportChange,
): Promise<{ readonly org: OrgId; readonly isNew: boolean }> {
  const svixId = checkSvixId("app", application.svixId);
  await lockSvixId(transaction, svixId);
  const org = parseOrgId(application.uid ?? svixId);
  await refuseErased(transaction, org);
  const isNew = await createFrom(transaction, org, application, change);
  await lockOrg(transaction, org);
  const known = await readAlias(transaction, svixId);
  const isOther = known !== null && known.orgId !== org.id;
  // Two applications must not become one org: each one's tokens would open the other.
  if (isOther || (known === null && (await hasAlias(transaction, org.id)))) {
    throw new PosthornError("PH_SVIX_ID_TAKEN", { id: svixId });
  }
  if (known === null) {
    await saveAlias(transaction, svixId, { orgId: org.id, endpointId: null }, change.nowMs);
  }
  return { org, isNew };
}

/** @returns false if the org exists. Then nothing was changed. */
async function createFrom(
  transaction: Queryable,
  org: OrgId,
  { name, metadata }: ImportedApplication,
  change: ImportChange,
): Promise<boolean> {
  if (!(await addOrg(transaction, orgIdText(org), { name }, change))) return false;
  if (metadata === undefined || metadata === null) return true;
  const subject = { id: org.id, text: orgIdText(org) };
  await setOrgMetadata(transaction, subject, metadata, change);
  return true;
}

export interface ImportedEndpoint {
  /** Its id on the other server. */
  readonly svixId: unknown;
  readonly fields: Omit<NewEndpointFields, "contract" | "destination">;
}

/**
 * Imports an endpoint whole: with its secret, and with its Svix id as an alias. An endpoint that
 * was imported before stays as it is.
 *
 * @throws PosthornError `PH_SVIX_ID_TAKEN`, `PH_ORG_BEING_ERASED`, and those of
 *   `EndpointRegistry.create`.
 */
export async function importSvixEndpoint(
  transaction: Queryable,
  endpoints: Pick<EndpointRegistry, "create">,
  { svixId: given, fields }: ImportedEndpoint,
  { nowMs, by }: ImportChange,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const svixId = checkSvixId("endpoint", given);
  await lockSvixId(transaction, svixId);
  const org = parseOrgId(fields.org_id);
  await refuseErased(transaction, org);
  const known = await readAlias(transaction, svixId);
  if (known !== null) {
    const { orgId, endpointId } = known;
    if (orgId !== org.id || endpointId === null) {
      throw new PosthornError("PH_SVIX_ID_TAKEN", { id: svixId });
    }
    return { id: endpointId, isNew: false };
  }
  const { id } = await endpoints.create(
    transaction,
    { ...fields, contract: svixContract },
    nowMs,
    by,
  );
  await saveAlias(transaction, svixId, { orgId: org.id, endpointId: id }, nowMs);
  return { id, isNew: true };
}

/** @throws PosthornError `PH_ORG_BEING_ERASED` */
async function refuseErased(transaction: Queryable, org: OrgId): Promise<void> {
  if (!(await isBeingErased(transaction, org.id))) return;
  throw new PosthornError("PH_ORG_BEING_ERASED", { org: orgIdText(org) });
}

/** Makes a second import of the same id wait, so that it finds what the first one stored. */
async function lockSvixId(transaction: Queryable, svixId: string): Promise<void> {
  await transaction.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [svixId]);
}

/** Makes a second import of the same org wait. */
async function lockOrg(transaction: Queryable, org: OrgId): Promise<void> {
  await transaction.query("select from posthorn.orgs where id = $1 for update", [org.id]);
}

/** @throws PosthornError `PH_FIELD_INVALID` for an id that Posthorn could have computed, too. */
function checkSvixId(kind: Extract<SvixKind, "app" | "endpoint">, value: unknown): string {
  const prefix = svixPrefixes[kind];
  const isSvixId =
    typeof value === "string" &&
    value.startsWith(prefix) &&
    value.length > prefix.length &&
    externalIdProblem(value) === null &&
    uuidOfSvixId(kind, value) === null;
  if (!isSvixId) {
    const allowed = `an id of another Svix server that begins with ${prefix}`;
    throw new PosthornError("PH_FIELD_INVALID", { field: "svix_id", allowed });
  }
  return value;
}
