/** Endpoints: creates, changes and deletes them, and rotates their secrets. */
import { limits } from "../limits.ts";
import type { Actor, AuditSubject } from "../model/audit.ts";
import { uuidV7 } from "../model/id.ts";
import { parseOrgId } from "../model/org-id.ts";
import { recordAudit } from "../postgres/audit.ts";
import { activityAssignments, recordEndpointVersions } from "../postgres/endpoint-versions.ts";
import type { Queryable } from "../postgres/pool.ts";
import { endpointState, subjectsOf, urlState, type ChangedRow } from "./audit.ts";
import {
  checkFields,
  checkUrl,
  type EndpointColumns,
  type EndpointFields,
  type FieldChecks,
} from "./endpoint-columns.ts";
import { checkDestination } from "./endpoint-fields.ts";
import {
  storedNameOf,
  rotateSecret,
  currentSecret,
  type NewSecret,
  type Rotated,
  type Rotation,
  type ContractRules,
} from "./endpoint-secrets.ts";
import { addedSecrets, listSecrets, storeAddedSecrets } from "./added-secrets.ts";
import type { AddedSecret, ListedSecret } from "./added-secrets.ts";
import { chosenContract, knownContract } from "./endpoint-contract.ts";
import { refusingTakenId } from "./external-ids.ts";
import { initialSecrets, storeInitialSecrets, type InitialSecret } from "./initial-secrets.ts";
import { enterOrg } from "./orgs.ts";
import { cancelSwitch, switchSecretNow } from "./secret-switch.ts";
import { checkTransformation } from "./transformations.ts";
import { insertTerminal, placeOf, removeTerminals, requireUrls } from "./terminal-endpoints.ts";

export interface NewEndpointFields extends EndpointFields {
  /** The platform's id of the org. */
  readonly org_id: string;
  readonly destination?: unknown;
  readonly secret?: unknown;
  /** The contract if the request names none and the org may use this one. */
  readonly preferredContract?: string;
}

export interface CreatedEndpoint extends NewSecret {
  readonly id: string;
  /** All current secrets by name if the contract has several; otherwise null. */
  readonly secrets: Readonly<Record<string, string>> | null;
}

export interface EndpointRegistryOptions extends FieldChecks {
  readonly defaultContract: string;
}

/**
 * One function for each action on endpoints. Each runs inside the caller's transaction, which also
 * contains the audit entry.
 */
export interface EndpointRegistry {
  /**
   * Resolves the host names of URLs in advance, because a DNS query may take 5 s, and checks
   * transformations, which may take as long. `create` and `update`, which check both inside a
   * transaction, then find the answers in the caches. Never rejects.
   * @param turnOf whose turn the checks use: an org's id, or a word for the operator.
   */
  lookUp(
    turnOf: string,
    fields: readonly Pick<EndpointFields, "url" | "transformation">[],
  ): Promise<void>;
  /**
   * @returns the URL as it would be stored.
   * @throws PosthornError `PH_URL_…`
   */
  checkUrl(url: unknown): Promise<string>;
  /** @throws PosthornError for a field that is not allowed; nothing is stored in that case. */
  create(
    transaction: Queryable,
    fields: NewEndpointFields,
    nowMs: number,
    by: Actor,
  ): Promise<CreatedEndpoint>;
  /**
   * Makes the same change to all of these existing endpoints.
   * @returns the secrets that they got for their new contract.
   * @throws the same errors as `create`.
   */
  update(
    transaction: Queryable,
    ids: readonly string[],
    fields: EndpointFields,
    nowMs: number,
    by: Actor,
  ): Promise<readonly AddedSecret[]>;
  /** The secrets that sign now or later, without their values. */
  listSecrets(database: Queryable, id: string, nowMs: number): Promise<readonly ListedSecret[]>;
  /** Deletes endpoints. The reaper cancels their pending deliveries within seconds. */
  delete(transaction: Queryable, ids: readonly string[], nowMs: number, by: Actor): Promise<void>;
  /** @throws PosthornError `PH_SECRET_INVALID`, `PH_FIELD_INVALID`, `PH_TOO_MANY_SECRETS`. */
  rotateSecret(
    transaction: Queryable,
    id: string,
    rotation: Rotation,
    nowMs: number,
    by: Actor,
  ): Promise<Rotated>;
  /**
   * Finishes a scheduled rotation immediately, or cancels it.
   * @throws PosthornError `PH_NO_SWITCH`
   */
  switchSecretNow: SecretSwitch;
  cancelSwitch: SecretSwitch;
  /** The current secret, i.e. the contract's first one that signs. */
  currentSecret(database: Queryable, id: string): Promise<string>;
}

/** @param name the secret's name in the contract; null or undefined for the first. */
type SecretSwitch = (
  transaction: Queryable,
  id: string,
  name: unknown,
  nowMs: number,
  by: Actor,
) => Promise<void>;

export function createEndpointRegistry(options: EndpointRegistryOptions): EndpointRegistry {
  return {
    lookUp: async (turnOf, fields) => {
      const urls = new Set(fields.map(({ url }) => url).filter((url) => typeof url === "string"));
      const sources = new Set(fields.map(({ transformation }) => transformation));
      await Promise.allSettled([
        ...[...urls].map((url) => options.transport.checkUrl(url)),
        ...[...sources].map((source) => checkTransformation(options, turnOf, source)),
      ]);
    },
    checkUrl: (url) => checkUrl(options, url),
    create: (...given) => create(options, ...given),
    update: (...given) => update(options, ...given),
    listSecrets: (...given) => listSecrets(options, ...given),
    delete: deleteEndpoints,
    rotateSecret: (...given) => rotateSecret(options, ...given),
    async switchSecretNow(transaction, id, name, nowMs, by) {
      const stored = await storedNameOf(options, transaction, id, name);
      await switchSecretNow(transaction, id, stored, nowMs, by);
    },
    async cancelSwitch(transaction, id, name, nowMs, by) {
      const stored = await storedNameOf(options, transaction, id, name);
      await cancelSwitch(transaction, id, stored, nowMs, by);
    },
    currentSecret: (database, id) => currentSecret(options, database, id),
  };
}

async function create(
  options: EndpointRegistryOptions,
  transaction: Queryable,
  fields: NewEndpointFields,
  nowMs: number,
  by: Actor,
): Promise<CreatedEndpoint> {
  const destination = checkDestination(fields.destination);
  const org = parseOrgId(fields.org_id);
  const given = {
    events: null,
    channels: null,
    is_active: true,
    description: "",
    headers: {},
    in_flight_max: limits.endpointInFlightDefault,
    ...fields,
    ...placeOf(destination, fields.url),
    contract: await chosenContract(transaction, org.id, {
      given: fields.contract,
      preferred: fields.preferredContract,
      default: options.defaultContract,
    }),
  };
  const columns = await checkFields(transaction, options, given, { orgIds: [org.id], nowMs });
  const contract = knownContract(options, columns["contract"]);
  const secrets = initialSecrets(options, contract, fields, nowMs);
  const id = uuidV7(nowMs, options.random.bytes(10));
  await enterOrg(transaction, org, nowMs);
  const created = await refusingTakenId(fields.external_id, () =>
    insertEndpoint(transaction, { id, org_id: org.id, destination, ...columns }, nowMs),
  );
  if (destination === "cli") await insertTerminal(transaction, id, org.id);
  await storeInitialSecrets(options, transaction, id, contract, secrets, nowMs);
  await recordEndpointVersions(transaction, [id]);
  await recordAudit(transaction, { action: "endpoint.created", by, atMs: nowMs }, created);
  return { id, ...shownSecrets(contract, secrets) };
}

/** The part of the response that shows the secrets of a new endpoint. */
function shownSecrets(
  { firstSecret, definedSecrets }: ContractRules,
  secrets: readonly InitialSecret[],
): Omit<CreatedEndpoint, "id"> {
  const current = secrets.filter(({ expiresAtMs }) => expiresAtMs === null);
  const byName = Object.fromEntries(current.map(({ name, secret }) => [name, secret]));
  return {
    secret: byName[firstSecret] ?? "",
    warning: secrets.find(({ warning }) => warning !== null)?.warning ?? null,
    secrets: definedSecrets.length > 1 ? byName : null,
  };
}

async function update(
  options: EndpointRegistryOptions,
  transaction: Queryable,
  ids: readonly string[],
  fields: EndpointFields,
  nowMs: number,
  by: Actor,
): Promise<readonly AddedSecret[]> {
  if (fields.url !== undefined) await requireUrls(transaction, ids);
  const orgIds = fields.events === undefined ? [] : await orgsOf(transaction, ids);
  const columns = await checkFields(transaction, options, fields, { orgIds, ids, nowMs });
  const added = await addedSecrets(options, transaction, ids, fields);
  const names = Object.keys(columns);
  const assignments = names.map((column, index) => `${column} = $${index + 3}`);
  if (names.includes("is_active")) {
    const isActive = `$${names.indexOf("is_active") + 3}::boolean`;
    assignments.push(...activityAssignments(isActive, "$2::timestamptz", "endpoint"));
  }
  if (columns["is_active"] === true) assignments.push("inactive_reason = null");
  if (columns["is_active"] === false) assignments.push("inactive_reason = 'It was turned off.'");
  const change = (): Promise<{ rows: ChangedRow[] }> =>
    transaction.query<ChangedRow>(
      `with before as (
       select id, ${endpointState} as state from posthorn.endpoints as endpoint
       where id = any ($1::uuid[])
       for update
     ), changed as (
       update posthorn.endpoints as endpoint
       set ${["version = version + 1", "updated_at = $2", ...assignments].join(", ")}
       from before
       where endpoint.id = before.id
       returning endpoint.id, org_id,
                 posthorn.changes_between(before.state, ${endpointState}) as changes
     )
     select id, org_id, changes from changed`,
      [ids, new Date(nowMs).toISOString(), ...Object.values(columns)],
    );
  const { rows } = await refusingTakenId(fields.external_id, change);
  await storeAddedSecrets(options, transaction, added, nowMs);
  const record = { action: "endpoint.updated", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
  await recordEndpointVersions(transaction, ids);
  return added;
}

async function deleteEndpoints(
  transaction: Queryable,
  ids: readonly string[],
  nowMs: number,
  by: Actor,
): Promise<void> {
  const { rows } = await transaction.query<ChangedRow>(
    `update posthorn.endpoints
     set deleted_at = $2, updated_at = $2, is_active = false, version = version + 1,
         ${activityAssignments("false", "$2::timestamptz").join(", ")}
     where id = any ($1::uuid[]) and deleted_at is null
     returning id, org_id, posthorn.changes_between(
       jsonb_build_object('destination', nullif(destination, 'http'),
                          'url', ${urlState("url")}, 'description', description),
       '{}') as changes`,
    [ids, new Date(nowMs).toISOString()],
  );
  await removeTerminals(transaction, ids);
  const record = { action: "endpoint.deleted", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
  await recordEndpointVersions(transaction, ids);
}

async function orgsOf(transaction: Queryable, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await transaction.query<{ org_id: string }>(
    "select distinct org_id from posthorn.endpoints where id = any ($1::uuid[])",
    [ids],
  );
  return rows.map((row) => row.org_id);
}

async function insertEndpoint(
  transaction: Queryable,
  columns: EndpointColumns,
  nowMs: number,
): Promise<readonly AuditSubject[]> {
  const names = Object.keys(columns);
  const values = Object.values(columns);
  const at = `$${values.length + 1}`;
  const { rows } = await transaction.query<ChangedRow>(
    `insert into posthorn.endpoints as endpoint
       (${names.join(", ")}, version, created_at, updated_at, inactive_since)
     values (${names.map((_, index) => `$${index + 1}`).join(", ")}, 1, ${at}, ${at},
             case when not $${names.indexOf("is_active") + 1}::boolean then ${at}::timestamptz end)
     returning id, org_id, posthorn.changes_between('{}', ${endpointState}) as changes`,
    [...values, new Date(nowMs).toISOString()],
  );
  return subjectsOf(rows);
}
