/**
 * API keys. Each belongs to one org, or to the installation if its role is `metrics` or
 * `publish_all` or `svix_api`. A key is shown only once, and stored as a hash.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { apiTimestamp } from "../postgres/timestamp.ts";
import { createdWith, type Actor } from "../model/audit.ts";
import { uuidV7 } from "../model/id.ts";
import { parseOrgId } from "../model/org-id.ts";
import type { KeyOwner, OrgRole } from "../model/principal.ts";
import type { Clock, Random } from "../pipeline/ports.ts";
import { recordAudit } from "../postgres/audit.ts";
import { announceKeys } from "../postgres/notify.ts";
import type { Queryable } from "../postgres/pool.ts";
import { subjectsOf, type ChangedRow } from "./audit.ts";
import { createOrg } from "./orgs.ts";

/**
 * - `manage`: manage the org's endpoints, and read.
 * - `publish`: only publish events.
 * - `read`: only read.
 */
export const orgRoles = ["manage", "publish", "read"] as const satisfies readonly OrgRole[];

/**
 * The role of a key or token that only publishes events, for every org. It is not `publish` without
 * an org, because a forgotten org must not give more permissions.
 */
export const publishAllRole = "publish_all" as const;

/**
 * Roles of keys without an org. `metrics` only reads the installation's metrics, and `svix_api` may
 * do everything that the Svix dialect offers, for every org.
 */
const installationRoles = ["metrics", publishAllRole, "svix_api"] as const;
const apiKeyRoles = [...orgRoles, ...installationRoles] as const;
type ApiKeyRole = (typeof apiKeyRoles)[number];

const keyPrefix = "phk_";
/** The form of Svix's own keys, because programs and secret scanners look for it. */
const svixKeyPrefix = "testsk_";
const keyBytes = 32;

export interface NewApiKey {
  readonly id: string;
  readonly key: string;
}

/** Fields of a request, not checked yet. */
export interface ApiKeyFields {
  /** The platform's id of the org. Null for the roles without an org, and only for those. */
  readonly orgId: string | null;
  readonly name: unknown;
  readonly role: unknown;
  /** The expiry as ISO 8601 text; null or undefined if the key never expires. */
  readonly expiresAt: unknown;
}

/**
 * Creates a key. Creates its org if it does not exist.
 *
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export async function createApiKey(
  transaction: Queryable,
  random: Random,
  fields: ApiKeyFields,
  nowMs: number,
  by: Actor,
): Promise<NewApiKey> {
  if (!isRole(fields.role)) {
    throw new PosthornError("PH_FIELD_INVALID", { field: "role", allowed: apiKeyRoles.join(", ") });
  }
  const role = fields.role;
  if (installationRoles.some((each) => each === role) !== (fields.orgId === null)) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "org_id",
      allowed: `the id of an org; or no value, only with the roles ${installationRoles.join(", ")}`,
    });
  }
  const name = fields.name ?? "";
  if (typeof name !== "string" || name.length > limits.nameCharsMax) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "name",
      allowed: `text of at most ${limits.nameCharsMax} characters`,
    });
  }
  const expiresAt = checkExpiry(fields.expiresAt ?? null, nowMs);
  const id = uuidV7(nowMs, random.bytes(10));
  const prefix = fields.role === "svix_api" ? svixKeyPrefix : keyPrefix;
  const key = prefix + Buffer.from(random.bytes(keyBytes)).toString("base64url");
  const at = new Date(nowMs).toISOString();
  const org = fields.orgId === null ? null : parseOrgId(fields.orgId);
  const orgId = org?.id ?? null;
  if (org !== null) await createOrg(transaction, org, nowMs);
  await transaction.query(
    `insert into posthorn.api_keys
       (id, org_id, name, role, key_hash, key_hint, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      orgId,
      name,
      fields.role,
      hashOf(key),
      `${key.slice(0, prefix.length + 4)}…`,
      at,
      expiresAt,
    ],
  );
  const expires = expiresAt === null ? null : apiTimestamp(Date.parse(expiresAt));
  const changes = createdWith({ name, role: fields.role, expires_at: expires });
  await recordAudit(transaction, { action: "api_key.created", by, atMs: nowMs }, [
    { orgId, id, changes },
  ]);
  return { id, key };
}

export async function deleteApiKeys(
  transaction: Queryable,
  ids: readonly string[],
  nowMs: number,
  by: Actor,
): Promise<void> {
  const { rows } = await transaction.query<ChangedRow>(
    `delete from posthorn.api_keys where id = any ($1::uuid[])
     returning id, org_id, posthorn.changes_between(
       jsonb_build_object('name', name, 'role', role), '{}') as changes`,
    [ids],
  );
  const record = { action: "api_key.deleted", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
  const orgIds = rows.flatMap(({ org_id: orgId }) => (orgId === null ? [] : [orgId]));
  if (orgIds.length > 0) await announceKeys(transaction, orgIds);
}

const dayMs = 86_400_000;

function checkExpiry(value: unknown, nowMs: number): string | null {
  if (value === null) return null;
  const expiresAtMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  const isAllowed = expiresAtMs > nowMs && expiresAtMs <= nowMs + limits.apiKeyDaysMax * dayMs;
  if (!isAllowed) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "expires_at",
      allowed: `a time in the future, at most ${limits.apiKeyDaysMax} days from now`,
    });
  }
  return new Date(expiresAtMs).toISOString();
}

function isRole(value: unknown): value is ApiKeyRole {
  return (apiKeyRoles as readonly unknown[]).includes(value);
}

function principalOf(row: KeyRow): KeyOwner {
  const { id: keyId, org_id: orgId, org_external_id: orgExternalId, role } = row;
  if (role === "metrics" || role === "svix_api") return { kind: role, keyId };
  if (role === publishAllRole) return { kind: "publisher", via: "api_key", keyId };
  if (orgId === null) throw new Error(`The key ${keyId} has no org.`);
  return { kind: "key", via: "api_key", keyId, orgId, orgExternalId, role };
}

/** A fast hash is enough, because a key has 256 random bits and cannot be guessed. */
function hashOf(key: string): Buffer {
  return hash("sha256", key, "buffer");
}

export interface AuthenticatorOptions {
  readonly database: Queryable;
  readonly clock: Clock;
  readonly adminKey: string;
}

interface KeyRow {
  id: string;
  org_id: string | null;
  org_external_id: string | null;
  role: ApiKeyRole;
  expires_at: Date | null;
  last_used_at: Date | null;
}

interface Remembered {
  readonly principal: KeyOwner;
  readonly untilMs: number;
}

/** Looks up keys. A deleted key may still be accepted for `limits.apiKeyCacheMs`. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #adminHash: Buffer;
  readonly #cache = new Map<string, Remembered>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#adminHash = hashOf(options.adminKey);
  }

  isAdminKey(key: string): boolean {
    return timingSafeEqual(hashOf(key), this.#adminHash);
  }

  /**
   * Returns a cached key's owner without a promise, so that most requests need not wait. Null means
   * that the key must be looked up.
   */
  remembered(key: string): KeyOwner | null {
    return this.#rememberedBy(hashOf(key));
  }

  #rememberedBy(keyHash: Buffer): KeyOwner | null {
    if (timingSafeEqual(keyHash, this.#adminHash)) return { kind: "admin" };
    const found = this.#cache.get(keyHash.toString("base64"));
    return found !== undefined && found.untilMs > this.#options.clock.monotonicMs()
      ? found.principal
      : null;
  }

  /**
   * @param beforeLookUp called before the database is queried for an unknown key. If it throws,
   * this method throws the same error.
   * @returns null for an unknown key.
   * @throws PosthornError `PH_KEY_EXPIRED`
   */
  async principalOf(
    key: string,
    beforeLookUp: () => Promise<void> = () => Promise.resolve(),
  ): Promise<KeyOwner | null> {
    const keyHash = hashOf(key);
    const remembered = this.#rememberedBy(keyHash);
    if (remembered !== null) return remembered;
    const cacheKey = keyHash.toString("base64");
    const nowMs = this.#options.clock.now();
    // A key that was valid recently is always looked up. So a flood of wrong keys from the same
    // address cannot lock it out.
    if (!this.#cache.has(cacheKey)) await beforeLookUp();
    const { rows } = await this.#options.database.query<KeyRow>({
      name: "api_key",
      text: `select key.id, key.org_id, org.external_id as org_external_id, key.role,
                    key.expires_at, key.last_used_at
             from posthorn.api_keys as key
             left join posthorn.orgs as org on org.id = key.org_id
             where key.key_hash = $1`,
      values: [keyHash],
    });
    const row = rows[0];
    this.#cache.delete(cacheKey);
    // Unknown keys are not cached, because anyone could invent keys and fill the cache.
    if (row === undefined) return null;
    const expiresAtMs = row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY;
    if (expiresAtMs <= nowMs) {
      throw new PosthornError("PH_KEY_EXPIRED", { at: new Date(expiresAtMs).toISOString() });
    }
    await this.#noteUse(row, nowMs);
    const principal = principalOf(row);
    if (this.#cache.size >= limits.apiKeysCachedMax) this.#cache.clear();
    const leftMs = Math.min(limits.apiKeyCacheMs, expiresAtMs - nowMs);
    const untilMs = this.#options.clock.monotonicMs() + leftMs;
    this.#cache.set(cacheKey, { principal, untilMs });
    return principal;
  }

  /** Writes at most once per key and hour, even if several nodes do so at the same time. */
  async #noteUse({ id, last_used_at: lastUsedAt }: KeyRow, nowMs: number): Promise<void> {
    const notedBeforeMs = nowMs - limits.apiKeyUseNotedMs;
    if (lastUsedAt !== null && lastUsedAt.getTime() > notedBeforeMs) return;
    await this.#options.database.query({
      name: "api_key_used",
      text: `update posthorn.api_keys set last_used_at = $2
             where id = $1 and (last_used_at is null or last_used_at <= $3)`,
      values: [id, new Date(nowMs).toISOString(), new Date(notedBeforeMs).toISOString()],
    });
  }

  /** Called when keys are deleted on this node, so that the deletion takes effect immediately. */
  forget(): void {
    for (const [cacheKey, { principal }] of this.#cache) {
      this.#cache.set(cacheKey, { principal, untilMs: Number.NEGATIVE_INFINITY });
    }
  }
}
