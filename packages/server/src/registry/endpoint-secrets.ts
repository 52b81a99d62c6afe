/** Creates the secrets of endpoints, stores them encrypted, and rotates them with an overlap. */
import { apiTimestamp } from "../postgres/timestamp.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Actor } from "../model/audit.ts";
import { uuidV7 } from "../model/id.ts";
import { sealNonceBytes, type SecretBox } from "../model/secret-box.ts";
import type { Random } from "../pipeline/ports.ts";
import { recordAudit } from "../postgres/audit.ts";
import { recordEndpointVersions } from "../postgres/endpoint-versions.ts";
import type { Queryable } from "../postgres/pool.ts";
import { subjectsOf, type ChangedRow } from "./audit.ts";

export interface SecretOptions {
  readonly secretBox: SecretBox;
  readonly random: Random;
}

export interface CheckedSecretOptions extends SecretOptions {
  readonly contracts: ReadonlyMap<string, ContractRules>;
}

/** A contract's rules for its secrets and headers. */
export interface ContractRules {
  readonly name: string;
  /** The name of every header that the contract sets, in lower case. */
  readonly headerNames: readonly string[];
  readonly firstSecret: string;
  /** The names of all secrets that the contract defines. */
  readonly definedSecrets: readonly string[];
  checkSecret(
    name: string,
    secret: string,
  ): { readonly problem: string | null; readonly warning: string | null };
  newSecret(name: string, randomBytes: (count: number) => Uint8Array): string;
}

/** A secret that may be stored. */
export interface NewSecret {
  readonly secret: string;
  /** Why the secret is weak; null if it is not weak. */
  readonly warning: string | null;
}

/** Fields of a request, not checked yet. */
export interface Rotation {
  /** The name that the contract gives the secret. Default: the contract's first secret. */
  readonly name?: unknown;
  readonly secret?: unknown;
  readonly overlapSeconds?: unknown;
  /**
   * ISO 8601 text: when the new secret replaces the earlier one in headers that can contain only
   * one signature.
   */
  readonly switchAt?: unknown;
  /**
   * True if someone else may know the earlier secrets. All of them then stop signing immediately.
   */
  readonly isCompromised?: unknown;
}

/** The result of a rotation, with times in milliseconds. */
export interface Rotated extends NewSecret {
  /** Null if the new secret replaces the earlier one immediately. */
  readonly switchAtMs: number | null;
  readonly previousExpiresAtMs: number;
}

const overlapSecondsDefault = 24 * 60 * 60;

/** See `EndpointRegistry.rotateSecret`. */
export async function rotateSecret(
  options: CheckedSecretOptions,
  transaction: Queryable,
  id: string,
  rotation: Rotation,
  nowMs: number,
  by: Actor,
): Promise<Rotated> {
  const contract = await contractOf(options, transaction, id);
  const name = secretName(contract, rotation.name);
  const { secret, warning } = newSecret(options, contract, name, rotation.secret);
  const named = { endpointId: id, name: storedName(contract, name) };
  const { isCompromised, switchAtMs, previousExpiresAtMs } = checkTimes(rotation, nowMs);
  const { rows } = await transaction.query<ChangedRow>(
    `update posthorn.endpoints set version = version + 1, updated_at = $2 where id = $1
     returning id, org_id, posthorn.changes_between('{}', jsonb_strip_nulls(jsonb_build_object(
       'previous_secret_expires_at', $3::text, 'secret_switches_at', $4::text,
       'compromised', nullif($5::boolean, false)))) as changes`,
    [
      id,
      apiTimestamp(nowMs),
      apiTimestamp(previousExpiresAtMs),
      isoOrNull(switchAtMs),
      isCompromised,
    ],
  );
  // First, because the limit of earlier secrets must not keep a known secret in force.
  if (isCompromised) await endAll(transaction, named, nowMs);
  await expireSecrets(transaction, named, previousExpiresAtMs, nowMs);
  await storeSecret(options, transaction, { ...named, secret, nowMs, switchAtMs });
  const record = { action: "secret.rotated", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
  await recordEndpointVersions(transaction, [id]);
  return { secret, warning, switchAtMs, previousExpiresAtMs };
}

/**
 * Returns the given secret or a new one.
 * @throws PosthornError `PH_SECRET_INVALID`
 */
export function newSecret(
  { random }: SecretOptions,
  contract: ContractRules,
  name: string,
  given: unknown,
): NewSecret {
  if (given === undefined || given === null) {
    const bytes = (count: number): Uint8Array => random.bytes(count);
    return { secret: contract.newSecret(name, bytes), warning: null };
  }
  if (typeof given !== "string") throw refused(contract, "it must be text");
  const { problem, warning } = contract.checkSecret(name, given);
  if (problem !== null) throw refused(contract, problem);
  return { secret: given, warning };
}

/**
 * Returns the name of one of the contract's secrets.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function secretName({ definedSecrets, firstSecret }: ContractRules, given: unknown): string {
  const name = definedSecrets.find((each) => each === (given ?? firstSecret));
  if (name === undefined) throw invalid("name", definedSecrets.join(" or "));
  return name;
}

/**
 * Reads the contract's first secret that is in force.
 *
 * @throws PosthornError `PH_NOT_FOUND`
 */
export async function currentSecret(
  { secretBox }: SecretOptions,
  database: Queryable,
  endpointId: string,
): Promise<string> {
  const { rows } = await database.query<{ ciphertext: string }>(
    `select ciphertext from posthorn.endpoint_secrets
     where endpoint_id = $1 and expires_at is null and name is null`,
    [endpointId],
  );
  const row = rows[0];
  if (row === undefined)
    throw new PosthornError("PH_NOT_FOUND", { thing: "secret", id: endpointId });
  return secretBox.open(row.ciphertext);
}

/** How the database names it: null for the contract's first secret. */
export function storedName({ firstSecret }: ContractRules, name: string): string | null {
  return name === firstSecret ? null : name;
}

/**
 * The stored name of an endpoint's secret.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export async function storedNameOf(
  options: CheckedSecretOptions,
  transaction: Queryable,
  endpointId: string,
  given: unknown,
): Promise<string | null> {
  const contract = await contractOf(options, transaction, endpointId);
  return storedName(contract, secretName(contract, given));
}

function refused({ name }: ContractRules, reason: string): PosthornError {
  return new PosthornError("PH_SECRET_INVALID", { contract: name, reason });
}

/** Locks the endpoint, because a change of its contract would also change what a secret must be. */
async function contractOf(
  { contracts }: CheckedSecretOptions,
  transaction: Queryable,
  endpointId: string,
): Promise<ContractRules> {
  const { rows } = await transaction.query<{ contract: string }>(
    "select contract from posthorn.endpoints where id = $1 for update",
    [endpointId],
  );
  const name = rows[0]?.contract ?? "";
  const contract = contracts.get(name);
  if (contract !== undefined) return contract;
  throw new PosthornError("PH_CONTRACT_UNKNOWN", {
    contract: JSON.stringify(name),
    contracts: [...contracts.keys()].join(", "),
  });
}

/**
 * Checks that another contract can sign with the current secrets of these endpoints. Otherwise all
 * their attempts would fail from now on.
 *
 * @throws PosthornError `PH_SECRET_INVALID`
 */
export async function requireUsableSecrets(
  options: SecretOptions,
  transaction: Queryable,
  endpointIds: readonly string[],
  contract: ContractRules,
): Promise<void> {
  const [problem] = (await unusableBy(options, transaction, endpointIds, contract)).values();
  if (problem !== undefined) throw refused(contract, problem);
}

/** The endpoints whose current secrets a contract cannot use, each with the reason. */
export async function unusableBy(
  { secretBox }: SecretOptions,
  transaction: Queryable,
  endpointIds: readonly string[],
  contract: ContractRules,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await transaction.query<{
    endpoint_id: string;
    name: string | null;
    ciphertext: string;
  }>(
    `select endpoint_id, name, ciphertext from posthorn.endpoint_secrets
     where endpoint_id = any ($1::uuid[]) and expires_at is null`,
    [endpointIds],
  );
  const unusable = new Map<string, string>();
  for (const { endpoint_id: endpointId, name, ciphertext } of rows) {
    if (name !== null && !contract.definedSecrets.includes(name)) continue;
    const { problem } = contract.checkSecret(
      name ?? contract.firstSecret,
      secretBox.open(ciphertext),
    );
    if (problem === null || unusable.has(endpointId)) continue;
    const reason = `${problem}; give the endpoint a secret that both contracts can use`;
    unusable.set(endpointId, reason);
  }
  return unusable;
}

/** A secret to store. */
export interface StoredSecret {
  readonly endpointId: string;
  /** Null for the contract's first secret. */
  readonly name: string | null;
  readonly secret: string;
  readonly nowMs: number;
  readonly switchAtMs?: number | null;
  /** Null for the current secret of its name; all others with the name must have an end. */
  readonly expiresAtMs?: number | null;
}

/** Stores a secret of the endpoint. It signs from the endpoint's current version on. */
export async function storeSecret(
  { random, secretBox }: SecretOptions,
  transaction: Queryable,
  { endpointId, name, secret, nowMs, switchAtMs = null, expiresAtMs = null }: StoredSecret,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.endpoint_secrets
       (id, org_id, endpoint_id, ciphertext, created_at, created_version, switch_at, name,
        expires_at, replaced_version)
     select $1, org_id, id, $3, $4, version, $5, $6, $7::timestamptz,
            case when $7::timestamptz is not null then version end
     from posthorn.endpoints where id = $2`,
    [
      uuidV7(nowMs, random.bytes(10)),
      endpointId,
      secretBox.seal(secret, random.bytes(sealNonceBytes)),
      apiTimestamp(nowMs),
      isoOrNull(switchAtMs),
      name,
      isoOrNull(expiresAtMs),
    ],
  );
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : apiTimestamp(ms);
}

function checkTimes(
  rotation: Rotation,
  nowMs: number,
): { isCompromised: boolean; switchAtMs: number | null; previousExpiresAtMs: number } {
  const isCompromised = rotation.isCompromised ?? false;
  if (typeof isCompromised !== "boolean") throw invalid("compromised", "true or false");
  if (isCompromised) {
    for (const [field, value] of [
      ["overlap_seconds", rotation.overlapSeconds],
      ["switch_at", rotation.switchAt],
    ] as const) {
      const isGiven = value !== undefined && value !== null;
      if (isGiven)
        throw invalid(
          field,
          "no other argument together with compromised, because the earlier secret ends " +
            "immediately",
        );
    }
    return { isCompromised, switchAtMs: null, previousExpiresAtMs: nowMs };
  }
  const overlapSeconds = checkOverlap(rotation.overlapSeconds ?? overlapSecondsDefault);
  const switchAtMs = checkSwitchAt(rotation.switchAt ?? null, nowMs);
  const previousExpiresAtMs = (switchAtMs ?? nowMs) + overlapSeconds * 1000;
  return { isCompromised, switchAtMs, previousExpiresAtMs };
}

function checkSwitchAt(value: unknown, nowMs: number): number | null {
  if (value === null) return null;
  const switchAtMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  const most = limits.secretSwitchSecondsMax;
  if (!(switchAtMs > nowMs && switchAtMs <= nowMs + most * 1000)) {
    throw invalid("switch_at", `a time in the future, at most ${most} s from now, or null`);
  }
  return switchAtMs;
}

function checkOverlap(value: unknown): number {
  const secondsMax = limits.secretOverlapSecondsMax;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > secondsMax) {
    throw invalid("overlap_seconds", `a whole number from 0 to ${secondsMax}`);
  }
  return value;
}

export function invalid(field: string, allowed: string): PosthornError {
  return new PosthornError("PH_FIELD_INVALID", { field, allowed });
}

/** The name is null for the contract's first secret. */
type NamedSecret = Pick<StoredSecret, "endpointId" | "name">;

/**
 * Lets the current secret expire at `expiresAtMs`. Expired secrets are kept as long as an attempt's
 * request can be rebuilt. If a secret is rotated often, only the latest ones are kept.
 */
async function expireSecrets(
  transaction: Queryable,
  { endpointId, name }: NamedSecret,
  expiresAtMs: number,
  nowMs: number,
): Promise<void> {
  const now = apiTimestamp(nowMs);
  const { rows } = await transaction.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.endpoint_secrets
     where endpoint_id = $1 and expires_at > $2 and name is not distinct from $3::text`,
    [endpointId, now, name],
  );
  if ((rows[0]?.count ?? 0) >= limits.oldSecretsMax) {
    throw new PosthornError("PH_TOO_MANY_SECRETS", { secrets: limits.oldSecretsMax });
  }
  await transaction.query(
    `update posthorn.endpoint_secrets as secret
     set expires_at = $2, replaced_version = endpoint.version
     from posthorn.endpoints as endpoint
     where endpoint.id = $1 and secret.endpoint_id = $1 and secret.expires_at is null
       and secret.name is not distinct from $3::text`,
    [endpointId, apiTimestamp(expiresAtMs), name],
  );
  await transaction.query(
    `delete from posthorn.endpoint_secrets where id in (
       select id from posthorn.endpoint_secrets
       where endpoint_id = $1 and expires_at <= $2
       order by expires_at desc offset $3)`,
    [endpointId, now, limits.endedSecretsMax],
  );
}

/** Lets all secrets with this name expire now, including those that still overlap. */
async function endAll(
  transaction: Queryable,
  { endpointId, name }: NamedSecret,
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `update posthorn.endpoint_secrets set expires_at = $2
     where endpoint_id = $1 and expires_at > $2 and name is not distinct from $3::text`,
    [endpointId, apiTimestamp(nowMs), name],
  );
}
