/** Endpoints: added, changed, deleted, and their secrets rotated. */
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { uuidV7 } from "../model/id.ts";
import { sealNonceBytes, type SecretBox } from "../model/secret-box.ts";
import type { Random, Transport } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";
import {
  checkBoolean,
  checkEventTypes,
  checkHeaders,
  checkCount,
  checkSecret,
  checkText,
} from "./endpoint-fields.ts";
import { announceEndpoints } from "./notify.ts";

/** Fields as they came in: of any type, undefined where absent. */
export interface EndpointFields {
  readonly url?: unknown;
  readonly events?: unknown;
  readonly is_active?: unknown;
  readonly contract?: unknown;
  readonly description?: unknown;
  readonly headers?: unknown;
  readonly in_flight_max?: unknown;
  readonly rate_per_second?: unknown;
}

export interface NewEndpointFields extends EndpointFields {
  readonly org_id: string;
  readonly secret?: unknown;
}

export interface CreatedEndpoint {
  readonly id: string;
  /** Shown this once; only its ciphertext is stored. */
  readonly secret: string;
}

export interface EndpointRegistryOptions {
  readonly transport: Pick<Transport, "checkUrl">;
  readonly contractNames: readonly string[];
  /** Header names, in lower case, that a contract sets. */
  readonly reservedHeaders: ReadonlySet<string>;
  readonly defaultContract: string;
  readonly secretBox: SecretBox;
  readonly random: Random;
}

/** One function for each thing that can be done; each inside the caller's transaction. */
export interface EndpointRegistry {
  /**
   * Resolves the names of URLs ahead, so that the checks of `create` and `update`, which run inside
   * a transaction, find the answers there: a name server may take 5 s. Never rejects.
   */
  lookUp(urls: readonly unknown[]): Promise<void>;
  /** @returns the URL as it would be stored. @throws PosthornError `PH_URL_…` */
  checkUrl(url: unknown): Promise<string>;
  /** @throws PosthornError for every field that is not allowed; nothing is stored then. */
  create(
    transaction: Queryable,
    fields: NewEndpointFields,
    nowMs: number,
  ): Promise<CreatedEndpoint>;
  /** Changes the endpoints, which exist, alike. @throws PosthornError as `create`. */
  update(
    transaction: Queryable,
    ids: readonly string[],
    fields: EndpointFields,
    nowMs: number,
  ): Promise<void>;
  /** Their pending deliveries are cancelled: by the reaper, within seconds. */
  delete(transaction: Queryable, ids: readonly string[], nowMs: number): Promise<void>;
  /** @throws PosthornError `PH_SECRET_INVALID`, `PH_FIELD_INVALID`, `PH_TOO_MANY_SECRETS`. */
  rotateSecret(
    transaction: Queryable,
    id: string,
    rotation: { readonly secret?: unknown; readonly overlapSeconds?: unknown },
    nowMs: number,
  ): Promise<{ readonly secret: string; readonly previousExpiresAtMs: number }>;
}

const secretBytes = 32;
const overlapSecondsDefault = 24 * 60 * 60;

export function createEndpointRegistry(options: EndpointRegistryOptions): EndpointRegistry {
  return {
    lookUp: async (urls) => {
      const texts = new Set(urls.filter((url) => typeof url === "string"));
      await Promise.allSettled([...texts].map((url) => options.transport.checkUrl(url)));
    },
    checkUrl: (url) => checkUrl(options, url),
    create: (transaction, fields, nowMs) => create(options, transaction, fields, nowMs),
    update: (transaction, ids, fields, nowMs) => update(options, transaction, ids, fields, nowMs),
    delete: deleteEndpoints,
    rotateSecret: (transaction, id, rotation, nowMs) =>
      rotateSecret(options, transaction, id, rotation, nowMs),
  };
}

async function create(
  options: EndpointRegistryOptions,
  transaction: Queryable,
  fields: NewEndpointFields,
  nowMs: number,
): Promise<CreatedEndpoint> {
  const columns = await checkFields(transaction, options, {
    events: null,
    is_active: true,
    contract: options.defaultContract,
    description: "",
    headers: {},
    in_flight_max: limits.endpointInFlightDefault,
    ...fields,
    url: fields.url ?? null,
  });
  const secret = newSecret(options, fields.secret);
  const id = uuidV7(nowMs, options.random.bytes(10));
  await enterOrg(transaction, fields.org_id, nowMs);
  await insertEndpoint(transaction, { id, org_id: fields.org_id, ...columns }, nowMs);
  await storeSecret(options, transaction, id, secret, nowMs);
  return { id, secret };
}

async function update(
  options: EndpointRegistryOptions,
  transaction: Queryable,
  ids: readonly string[],
  fields: EndpointFields,
  nowMs: number,
): Promise<void> {
  const columns = await checkFields(transaction, options, fields);
  const assignments = Object.keys(columns).map((column, index) => `${column} = $${index + 3}`);
  if (columns["is_active"] === true) assignments.push("inactive_reason = null");
  if (columns["is_active"] === false) assignments.push("inactive_reason = 'It was turned off.'");
  await transaction.query(
    `with changed as (
       update posthorn.endpoints
       set ${["version = version + 1", "updated_at = $2", ...assignments].join(", ")}
       where id = any ($1::uuid[])
       returning id, version, event_types, is_active
     )
     insert into posthorn.endpoint_history
       (endpoint_id, version, valid_from, event_types, is_active)
     select id, version, $2, event_types, is_active from changed`,
    [ids, new Date(nowMs).toISOString(), ...Object.values(columns)],
  );
  await announceEndpoints(transaction, ids);
}

async function deleteEndpoints(
  transaction: Queryable,
  ids: readonly string[],
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `update posthorn.endpoints
     set deleted_at = $2, updated_at = $2, is_active = false, version = version + 1
     where id = any ($1::uuid[]) and deleted_at is null`,
    [ids, new Date(nowMs).toISOString()],
  );
  await announceEndpoints(transaction, ids);
}

async function rotateSecret(
  options: EndpointRegistryOptions,
  transaction: Queryable,
  id: string,
  rotation: { readonly secret?: unknown; readonly overlapSeconds?: unknown },
  nowMs: number,
): Promise<{ readonly secret: string; readonly previousExpiresAtMs: number }> {
  const secret = newSecret(options, rotation.secret);
  const overlapSeconds = checkOverlap(rotation.overlapSeconds ?? overlapSecondsDefault);
  const previousExpiresAtMs = nowMs + overlapSeconds * 1000;
  await expireSecrets(transaction, id, previousExpiresAtMs, nowMs);
  await storeSecret(options, transaction, id, secret, nowMs);
  await transaction.query(
    "update posthorn.endpoints set version = version + 1, updated_at = $2 where id = $1",
    [id, new Date(nowMs).toISOString()],
  );
  await announceEndpoints(transaction, [id]);
  return { secret, previousExpiresAtMs };
}

function newSecret({ random }: EndpointRegistryOptions, given: unknown): string {
  return given === undefined || given === null
    ? `whsec_${Buffer.from(random.bytes(secretBytes)).toString("base64")}`
    : checkSecret(given);
}

async function storeSecret(
  { random, secretBox }: EndpointRegistryOptions,
  transaction: Queryable,
  endpointId: string,
  secret: string,
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.endpoint_secrets (id, endpoint_id, ciphertext, created_at)
     values ($1, $2, $3, $4)`,
    [
      uuidV7(nowMs, random.bytes(10)),
      endpointId,
      secretBox.seal(secret, random.bytes(sealNonceBytes)),
      new Date(nowMs).toISOString(),
    ],
  );
}

type EndpointColumns = Readonly<Record<string, unknown>>;

/** Checks the fields that are there. @returns the columns to write, by their names. */
async function checkFields(
  transaction: Queryable,
  options: EndpointRegistryOptions,
  fields: EndpointFields,
): Promise<EndpointColumns> {
  const columns: Record<string, unknown> = {};
  if (fields.url !== undefined) {
    columns["url"] = await checkUrl(options, fields.url);
  }
  if (fields.events !== undefined) {
    const eventTypes = checkEventTypes(fields.events);
    if (eventTypes !== null) await requireKnown(transaction, eventTypes);
    columns["event_types"] = eventTypes;
  }
  if (fields.is_active !== undefined) {
    columns["is_active"] = checkBoolean("is_active", fields.is_active);
  }
  if (fields.contract !== undefined) {
    columns["contract"] = checkContract(options.contractNames, fields.contract);
  }
  if (fields.description !== undefined) {
    columns["description"] = checkText(
      "description",
      fields.description,
      limits.descriptionCharsMax,
    );
  }
  if (fields.headers !== undefined) {
    columns["headers"] = JSON.stringify(checkHeaders(fields.headers, options.reservedHeaders));
  }
  if (fields.in_flight_max !== undefined) {
    columns["in_flight_max"] = checkCount(
      "in_flight_max",
      fields.in_flight_max,
      limits.endpointInFlightMax,
    );
  }
  if (fields.rate_per_second !== undefined) {
    columns["rate_per_second"] =
      fields.rate_per_second === null
        ? null
        : checkCount("rate_per_second", fields.rate_per_second, limits.endpointRatePerSecondMax);
  }
  return columns;
}

async function checkUrl(options: EndpointRegistryOptions, url: unknown): Promise<string> {
  if (typeof url !== "string") {
    throw new PosthornError("PH_URL_INVALID", { reason: "it must be text" });
  }
  return options.transport.checkUrl(url);
}

function checkContract(names: readonly string[], value: unknown): string {
  if (typeof value !== "string" || !names.includes(value)) {
    throw new PosthornError("PH_CONTRACT_UNKNOWN", {
      contract: JSON.stringify(value),
      contracts: names.join(", "),
    });
  }
  return value;
}

function checkOverlap(value: unknown): number {
  const secondsMax = limits.secretOverlapSecondsMax;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > secondsMax) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "overlap_seconds",
      allowed: `a whole number from 0 to ${secondsMax}`,
    });
  }
  return value;
}

async function requireKnown(transaction: Queryable, eventTypes: readonly string[]): Promise<void> {
  const { rows } = await transaction.query<{ name: string }>(
    `select name from unnest($1::text[]) as wanted (name)
     where not exists (select from posthorn.event_types where event_types.name = wanted.name)`,
    [eventTypes],
  );
  const unknown = rows[0];
  if (unknown !== undefined) {
    throw new PosthornError("PH_EVENT_TYPE_UNKNOWN", { event_type: JSON.stringify(unknown.name) });
  }
}

/** Brings the org into being if it is new, and locks it, so that its endpoints can be counted. */
async function enterOrg(transaction: Queryable, orgId: string, nowMs: number): Promise<void> {
  await transaction.query(
    "insert into posthorn.orgs (id, created_at) values ($1, $2) on conflict do nothing",
    [orgId, new Date(nowMs).toISOString()],
  );
  await transaction.query("select from posthorn.orgs where id = $1 for update", [orgId]);
  const { rows } = await transaction.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.endpoints
     where org_id = $1 and deleted_at is null`,
    [orgId],
  );
  if ((rows[0]?.count ?? 0) >= limits.endpointsPerOrgMax) {
    throw new PosthornError("PH_TOO_MANY_ENDPOINTS", { endpoints: limits.endpointsPerOrgMax });
  }
}

async function insertEndpoint(
  transaction: Queryable,
  columns: EndpointColumns,
  nowMs: number,
): Promise<void> {
  const names = Object.keys(columns);
  const values = Object.values(columns);
  const at = `$${values.length + 1}`;
  await transaction.query(
    `with created as (
       insert into posthorn.endpoints (${names.join(", ")}, version, created_at, updated_at)
       values (${names.map((_, index) => `$${index + 1}`).join(", ")}, 1, ${at}, ${at})
       returning id, version, event_types, is_active
     )
     insert into posthorn.endpoint_history
       (endpoint_id, version, valid_from, event_types, is_active)
     select id, version, ${at}, event_types, is_active from created`,
    [...values, new Date(nowMs).toISOString()],
  );
}

/** Ends the current secret at `expiresAtMs`, and forgets those that ended already. */
async function expireSecrets(
  transaction: Queryable,
  endpointId: string,
  expiresAtMs: number,
  nowMs: number,
): Promise<void> {
  const now = new Date(nowMs).toISOString();
  await transaction.query("select from posthorn.endpoints where id = $1 for update", [endpointId]);
  await transaction.query(
    "delete from posthorn.endpoint_secrets where endpoint_id = $1 and expires_at <= $2",
    [endpointId, now],
  );
  const { rows } = await transaction.query<{ count: number }>(
    "select count(*)::integer as count from posthorn.endpoint_secrets where endpoint_id = $1",
    [endpointId],
  );
  if ((rows[0]?.count ?? 0) > limits.oldSecretsMax) {
    throw new PosthornError("PH_TOO_MANY_SECRETS", { secrets: limits.oldSecretsMax });
  }
  await transaction.query(
    `update posthorn.endpoint_secrets set expires_at = $2
     where endpoint_id = $1 and expires_at is null`,
    [endpointId, new Date(expiresAtMs).toISOString()],
  );
}
