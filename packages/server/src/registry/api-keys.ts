/** API keys: what lets one org in, shown once and stored only as a hash. */
import { hash, timingSafeEqual } from "node:crypto";
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { uuidV7 } from "../model/id.ts";
import type { Principal } from "../model/principal.ts";
import type { Clock, Random } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";

/**
 * - `manage`: manage the org's endpoints, and read.
 * - `publish`: publish events, nothing else.
 * - `read`: read, nothing else.
 */
export const apiKeyRoles = ["manage", "publish", "read"] as const;
export type ApiKeyRole = (typeof apiKeyRoles)[number];

const keyPrefix = "phk_";
const keyBytes = 32;

export interface NewApiKey {
  readonly id: string;
  readonly key: string;
}

/**
 * Makes a key for an org, which is brought into being if it is new.
 *
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export async function createApiKey(
  transaction: Queryable,
  random: Random,
  fields: { readonly orgId: string; readonly name: unknown; readonly role: unknown },
  nowMs: number,
): Promise<NewApiKey> {
  if (!isRole(fields.role)) {
    throw new PosthornError("PH_FIELD_INVALID", { field: "role", allowed: apiKeyRoles.join(", ") });
  }
  const name = fields.name ?? "";
  if (typeof name !== "string" || name.length > limits.nameCharsMax) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "name",
      allowed: `text of at most ${limits.nameCharsMax} characters`,
    });
  }
  const id = uuidV7(nowMs, random.bytes(10));
  const key = keyPrefix + Buffer.from(random.bytes(keyBytes)).toString("base64url");
  const at = new Date(nowMs).toISOString();
  await transaction.query(
    "insert into posthorn.orgs (id, created_at) values ($1, $2) on conflict do nothing",
    [fields.orgId, at],
  );
  await transaction.query(
    `insert into posthorn.api_keys (id, org_id, name, role, key_hash, key_hint, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, fields.orgId, name, fields.role, hashOf(key), `${key.slice(0, 8)}…`, at],
  );
  return { id, key };
}

export async function deleteApiKeys(transaction: Queryable, ids: readonly string[]): Promise<void> {
  await transaction.query("delete from posthorn.api_keys where id = any ($1::uuid[])", [ids]);
}

function isRole(value: unknown): value is ApiKeyRole {
  return (apiKeyRoles as readonly unknown[]).includes(value);
}

/** A fast hash is right here: a key has 256 random bits, so there is nothing to guess. */
function hashOf(key: string): Buffer {
  return hash("sha256", key, "buffer");
}

export interface AuthenticatorOptions {
  readonly database: Queryable;
  readonly clock: Clock;
  readonly adminKey: string;
}

interface Remembered {
  readonly principal: Principal;
  readonly untilMs: number;
}

/** Tells whose key it is. A deleted key is refused at the latest `limits.apiKeyCacheMs` later. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #adminHash: Buffer;
  readonly #cache = new Map<string, Remembered>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#adminHash = hashOf(options.adminKey);
  }

  /** @returns null for a key that nobody has. */
  async principalOf(key: string): Promise<Principal | null> {
    const keyHash = hashOf(key);
    if (timingSafeEqual(keyHash, this.#adminHash)) return { kind: "admin" };
    const cacheKey = keyHash.toString("base64");
    const nowMs = this.#options.clock.now();
    const remembered = this.#cache.get(cacheKey);
    if (remembered !== undefined && remembered.untilMs > nowMs) return remembered.principal;
    this.#cache.delete(cacheKey);
    const { rows } = await this.#options.database.query<{
      id: string;
      org_id: string;
      role: ApiKeyRole;
    }>({
      name: "api_key",
      text: "select id, org_id, role from posthorn.api_keys where key_hash = $1",
      values: [keyHash],
    });
    const row = rows[0];
    // Unknown keys are not remembered: anybody can make those up, and they would fill the cache.
    if (row === undefined) return null;
    const principal: Principal = {
      kind: "key",
      via: "api_key",
      keyId: row.id,
      orgId: row.org_id,
      role: row.role,
    };
    if (this.#cache.size >= limits.apiKeysCachedMax) this.#cache.clear();
    this.#cache.set(cacheKey, { principal, untilMs: nowMs + limits.apiKeyCacheMs });
    return principal;
  }

  /** For this node's own deletions, which need not wait. */
  forget(): void {
    this.#cache.clear();
  }
}
