/** Secrets of endpoints: made, stored encrypted, and rotated with an overlap. */
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Actor } from "../model/audit.ts";
import { uuidV7 } from "../model/id.ts";
import { sealNonceBytes, type SecretBox } from "../model/secret-box.ts";
import type { Random } from "../pipeline/ports.ts";
import { recordAudit } from "../postgres/audit.ts";
import { announceEndpoints } from "../postgres/notify.ts";
import type { Queryable } from "../postgres/pool.ts";
import { subjectsOf, type ChangedRow } from "./audit.ts";
import { checkSecret } from "./endpoint-fields.ts";

export interface SecretOptions {
  readonly secretBox: SecretBox;
  readonly random: Random;
}

/** Fields as they came in. */
export interface Rotation {
  readonly secret?: unknown;
  readonly overlapSeconds?: unknown;
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
): Promise<{ readonly secret: string; readonly previousExpiresAtMs: number }> {
  const secret = newSecret(options, rotation.secret);
  const overlapSeconds = checkOverlap(rotation.overlapSeconds ?? overlapSecondsDefault);
  const previousExpiresAtMs = nowMs + overlapSeconds * 1000;
  const { rows } = await transaction.query<ChangedRow>(
    `update posthorn.endpoints set version = version + 1, updated_at = $2 where id = $1
     returning id, org_id, posthorn.changes_between(
       '{}', jsonb_build_object('previous_secret_expires_at', $3::text)) as changes`,
    [id, new Date(nowMs).toISOString(), new Date(previousExpiresAtMs).toISOString()],
  );
  await expireSecrets(transaction, id, previousExpiresAtMs, nowMs);
  await storeSecret(options, transaction, id, secret, nowMs);
  const record = { action: "secret.rotated", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
  await announceEndpoints(transaction, [id]);
  return { secret, previousExpiresAtMs };
}

/** The given secret, or a new one. @throws PosthornError `PH_SECRET_INVALID` */
export function newSecret({ random }: SecretOptions, given: unknown): string {
  return given === undefined || given === null
    ? `whsec_${Buffer.from(random.bytes(secretBytes)).toString("base64")}`
    : checkSecret(given);
}

/**
 * Stores the endpoint's current secret; there must be no other one that does not expire. It signs
 * from the endpoint's present version on.
 */
export async function storeSecret(
  { random, secretBox }: SecretOptions,
  transaction: Queryable,
  endpointId: string,
  secret: string,
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.endpoint_secrets
       (id, endpoint_id, ciphertext, created_at, created_version)
     select $1, id, $3, $4, version from posthorn.endpoints where id = $2`,
    [
      uuidV7(nowMs, random.bytes(10)),
      endpointId,
      secretBox.seal(secret, random.bytes(sealNonceBytes)),
      new Date(nowMs).toISOString(),
    ],
  );
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

/**
 * Ends the current secret at `expiresAtMs`. Those that ended are kept, as long as an attempt may be
 * asked about that they signed; of one that is rotated all the time only the latest.
 */
async function expireSecrets(
  transaction: Queryable,
  endpointId: string,
  expiresAtMs: number,
  nowMs: number,
): Promise<void> {
  const now = new Date(nowMs).toISOString();
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
    [endpointId, new Date(expiresAtMs).toISOString()],
  );
  await transaction.query(
    `delete from posthorn.endpoint_secrets where id in (
       select id from posthorn.endpoint_secrets
       where endpoint_id = $1 and expires_at <= $2
       order by expires_at desc offset $3)`,
    [endpointId, now, limits.endedSecretsMax],
  );
}
