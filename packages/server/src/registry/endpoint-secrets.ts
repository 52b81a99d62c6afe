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
import { checkSecret } from "./endpoint-fields.ts";

export interface SecretOptions {
  readonly secretBox: SecretBox;
  readonly random: Random;
}

/** Fields of a request, not checked yet. */
export interface Rotation {
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
export interface Rotated {
  readonly secret: string;
  /** Null if the new secret replaces the earlier one immediately. */
  readonly switchAtMs: number | null;
  readonly previousExpiresAtMs: number;
}

const secretBytes = 32;
const overlapSecondsDefault = 24 * 60 * 60;

/** See `EndpointRegistry.rotateSecret`. */
export async function rotateSecret(
  options: SecretOptions,
  transaction: Queryable,
  id: string,
  rotation: Rotation,
  nowMs: number,
  by: Actor,
): Promise<Rotated> {
  const secret = newSecret(options, rotation.secret);
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
  await expireSecrets(transaction, id, previousExpiresAtMs, nowMs);
  if (isCompromised) await endAll(transaction, id, nowMs);
  await storeSecret(options, transaction, id, secret, nowMs, switchAtMs);
  const record = { action: "secret.rotated", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
  await recordEndpointVersions(transaction, [id]);
  return { secret, switchAtMs, previousExpiresAtMs };
}

/**
 * Returns the given secret or a new one.
 * @throws PosthornError `PH_SECRET_INVALID`
 */
export function newSecret({ random }: SecretOptions, given: unknown): string {
  return given === undefined || given === null
    ? `whsec_${Buffer.from(random.bytes(secretBytes)).toString("base64")}`
    : checkSecret(given);
}

/**
 * Stores the endpoint's current secret, which signs from the endpoint's current version on. All
 * other secrets must already have an expiry.
 */
export async function storeSecret(
  { random, secretBox }: SecretOptions,
  transaction: Queryable,
  endpointId: string,
  secret: string,
  nowMs: number,
  switchAtMs: number | null = null,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.endpoint_secrets
       (id, org_id, endpoint_id, ciphertext, created_at, created_version, switch_at)
     select $1, org_id, id, $3, $4, version, $5 from posthorn.endpoints where id = $2`,
    [
      uuidV7(nowMs, random.bytes(10)),
      endpointId,
      secretBox.seal(secret, random.bytes(sealNonceBytes)),
      apiTimestamp(nowMs),
      isoOrNull(switchAtMs),
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

function invalid(field: string, allowed: string): PosthornError {
  return new PosthornError("PH_FIELD_INVALID", { field, allowed });
}

/**
 * Lets the current secret expire at `expiresAtMs`. Expired secrets are kept as long as an attempt's
 * request can be rebuilt. If a secret is rotated often, only the latest ones are kept.
 */
async function expireSecrets(
  transaction: Queryable,
  endpointId: string,
  expiresAtMs: number,
  nowMs: number,
): Promise<void> {
  const now = apiTimestamp(nowMs);
  const { rows } = await transaction.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.endpoint_secrets
     where endpoint_id = $1 and (expires_at is null or expires_at > $2)`,
    [endpointId, now],
  );
  if ((rows[0]?.count ?? 0) > limits.oldSecretsMax) {
    throw new PosthornError("PH_TOO_MANY_SECRETS", { secrets: limits.oldSecretsMax });
  }
  await transaction.query(
    `update posthorn.endpoint_secrets as secret
     set expires_at = $2, replaced_version = endpoint.version
     from posthorn.endpoints as endpoint
     where endpoint.id = $1 and secret.endpoint_id = $1 and secret.expires_at is null`,
    [endpointId, apiTimestamp(expiresAtMs)],
  );
  await transaction.query(
    `delete from posthorn.endpoint_secrets where id in (
       select id from posthorn.endpoint_secrets
       where endpoint_id = $1 and expires_at <= $2
       order by expires_at desc offset $3)`,
    [endpointId, now, limits.endedSecretsMax],
  );
}

/** Lets all secrets expire now, including those of earlier rotations that still overlap. */
async function endAll(transaction: Queryable, endpointId: string, nowMs: number): Promise<void> {
  await transaction.query(
    `update posthorn.endpoint_secrets set expires_at = $2
     where endpoint_id = $1 and expires_at > $2`,
    [endpointId, apiTimestamp(nowMs)],
  );
}
