/**
 * Console sessions. A key or a portal link opens a session, and a cookie identifies it. A session
 * is a row, so that it ends on all nodes when the user signs out, its key is deleted or its org is
 * erased.
 */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { apiTimestamp } from "../postgres/timestamp.ts";
import { actorOf, createdWith, type Actor } from "../model/audit.ts";
import { uuidV7 } from "../model/id.ts";
import type { OrgId } from "../model/org-id.ts";
import type { KeyOwner, KeyPrincipal } from "../model/principal.ts";
import type { Clock, Random } from "../pipeline/ports.ts";
import { recordAudit } from "../postgres/audit.ts";
import type { Pool, Queryable } from "../postgres/pool.ts";
import type { Tenants } from "../postgres/tenants.ts";
import { createOrg } from "./orgs.ts";

export interface Session {
  readonly id: string;
  readonly principal: KeyPrincipal;
  readonly expiresAtMs: number;
  /** The page to which the console leads when its user leaves; null if unknown. */
  readonly returnUrl: string | null;
}

/** A new session. Its token is shown only once. */
export interface OpenedSession extends Session {
  readonly token: string;
}

export interface NewPortalLink {
  readonly org: OrgId;
  readonly role: "manage" | "read";
  readonly appearance: Appearance;
  /** See `Session.returnUrl`. */
  readonly returnUrl: string | null;
  readonly linkSeconds: number;
  readonly sessionSeconds: number;
}

export const appearances = ["auto", "light", "dark"] as const;
export type Appearance = (typeof appearances)[number];

export interface SessionsOptions {
  /** Reads sessions. Every request with a cookie waits for such a read. */
  readonly database: Pool;
  /**
   * Opens sessions. It limits callers, because anyone with a key or a link can open sessions as
   * often as they like.
   */
  readonly tenants: Pick<Tenants, "change">;
  readonly clock: Clock;
  readonly random: Random;
  /** If the admin key changes, the sessions that it opened end. */
  readonly adminKey: string;
}

interface SessionRow {
  id: string;
  token_hash: Buffer;
  kind: "admin" | "api_key" | "portal_link";
  api_key_id: string | null;
  link_id: string | null;
  org_id: string | null;
  org_external_id: string | null;
  role: "manage" | "read" | null;
  return_url: string | null;
  expires_at: Date;
}

/** How a session was opened, and from which address. */
interface SessionSource {
  readonly kind: SessionRow["kind"];
  /** The key that opened the session or created its link. The session ends with this key. */
  readonly apiKeyId: string | null;
  readonly linkId: string | null;
  readonly returnUrl: string | null;
  readonly remoteAddress: string;
}

interface LinkRow {
  id: string;
  org_id: string;
  org_external_id: string | null;
  role: "manage" | "read";
  appearance: Appearance;
  session_seconds: number;
  return_url: string | null;
  api_key_id: string | null;
}

const tokenBytes = 32;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #cache = new Map<string, { session: Session; tokenHash: Buffer; untilMs: number }>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * Opens a session with this key. It ends at the latest when the key expires.
   *
   * @param remoteAddress the client's address, for the audit entry.
   * @throws PosthornError `PH_KEY_CANNOT_SIGN_IN` for a key that may only publish, or only read
   * metrics.
   */
  async open(principal: KeyOwner, remoteAddress: string): Promise<OpenedSession> {
    if (!("role" in principal) && principal.kind !== "admin") {
      throw new PosthornError("PH_KEY_CANNOT_SIGN_IN");
    }
    const isAdmin = principal.kind === "admin";
    if (!isAdmin && principal.role === "publish") {
      throw new PosthornError("PH_KEY_CANNOT_SIGN_IN");
    }
    return this.#store(principal, limits.sessionMs, {
      kind: isAdmin ? "admin" : "api_key",
      apiKeyId: isAdmin ? null : principal.keyId,
      linkId: null,
      returnUrl: null,
      remoteAddress,
    });
  }

  /** @returns the link's id, token and expiry. */
  async createLink(
    transaction: Queryable,
    link: NewPortalLink,
    by: Actor,
  ): Promise<{ readonly id: string; readonly token: string; readonly expiresAtMs: number }> {
    const { clock, random } = this.#options;
    const nowMs = clock.now();
    const id = uuidV7(nowMs, random.bytes(10));
    const token = `phl_${Buffer.from(random.bytes(tokenBytes)).toString("base64url")}`;
    const expiresAtMs = nowMs + link.linkSeconds * 1000;
    const expiresAt = new Date(expiresAtMs).toISOString();
    const { id: orgId } = link.org;
    await createOrg(transaction, link.org, nowMs);
    await transaction.query(
      `with ended as (
         delete from posthorn.portal_links where expires_at <= $7
       )
       insert into posthorn.portal_links
         (id, org_id, token_hash, role, appearance, session_seconds, created_at, expires_at,
          api_key_id, return_url)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        id,
        orgId,
        hashOf(token),
        link.role,
        link.appearance,
        link.sessionSeconds,
        new Date(nowMs).toISOString(),
        expiresAt,
        by.kind === "api_key" ? by.id : null,
        link.returnUrl,
      ],
    );
    const changes = createdWith({ role: link.role, expires_at: expiresAt });
    await recordAudit(transaction, { action: "portal_link.created", by, atMs: nowMs }, [
      { orgId, id, changes },
    ]);
    return { id, token, expiresAtMs };
  }

  /** @throws PosthornError `PH_LINK_INVALID` if the link is unknown or has expired. */
  async openLink(
    token: string,
    remoteAddress: string,
  ): Promise<{ readonly session: OpenedSession; readonly appearance: Appearance }> {
    const { database, clock } = this.#options;
    const { rows } = await database.query<LinkRow>(
      `select link.id, link.org_id, org.external_id as org_external_id, link.role,
              link.appearance, link.session_seconds, link.return_url, link.api_key_id
       from posthorn.portal_links as link
       join posthorn.orgs as org on org.id = link.org_id
       where link.token_hash = $1 and link.expires_at > $2`,
      [hashOf(token), new Date(clock.now()).toISOString()],
    );
    const link = rows[0];
    if (link === undefined) throw new PosthornError("PH_LINK_INVALID");
    const session = await this.#store(
      {
        kind: "key",
        via: "portal_link",
        keyId: link.id,
        orgId: link.org_id,
        orgExternalId: link.org_external_id,
        role: link.role,
      },
      link.session_seconds * 1000,
      {
        kind: "portal_link",
        apiKeyId: link.api_key_id,
        linkId: link.id,
        returnUrl: link.return_url,
        remoteAddress,
      },
    );
    return { session, appearance: link.appearance };
  }

  /** @returns null if the session is unknown or has expired. */
  async find(id: string, token: string): Promise<Session | null> {
    const nowMs = this.#options.clock.now();
    const remembered = this.#cache.get(id);
    const entry =
      remembered !== undefined && remembered.untilMs > this.#options.clock.monotonicMs()
        ? remembered
        : await this.#load(id);
    if (entry === null || entry.session.expiresAtMs <= nowMs) return null;
    const given = this.#hashFor(entry.session.principal, token);
    return timingSafeEqual(entry.tokenHash, given) ? entry.session : null;
  }

  async close(id: string): Promise<void> {
    this.#cache.delete(id);
    await this.#options.database.query("delete from posthorn.sessions where id = $1", [id]);
  }

  /** Called when keys are deleted on this node, so that the deletion takes effect immediately. */
  forget(): void {
    this.#cache.clear();
  }

  async #store(
    principal: KeyPrincipal,
    lifeMs: number,
    source: SessionSource,
  ): Promise<OpenedSession> {
    const { clock, random, tenants } = this.#options;
    const orgId = principal.kind === "admin" ? null : principal.orgId;
    return tenants.change(orgId, async (database) => {
      const nowMs = clock.now();
      const id = uuidV7(nowMs, random.bytes(10));
      const token = Buffer.from(random.bytes(tokenBytes)).toString("base64url");
      const { rows } = await database.query<{ expires_at: Date }>(
        `with ended as (delete from posthorn.sessions where expires_at <= $8::timestamptz)
       insert into posthorn.sessions
         (id, token_hash, kind, api_key_id, link_id, org_id, role, created_at, expires_at,
          return_url)
       select $1::uuid, $2::bytea, $3::text, $4::uuid, $5::uuid, $6::uuid, $7::text,
              $8::timestamptz, least($9::timestamptz, key.expires_at), $10::text
       from (values (1)) as one
       left join posthorn.api_keys as key on key.id = $4
       returning expires_at`,
        [
          id,
          this.#hashFor(principal, token),
          source.kind,
          source.apiKeyId,
          source.linkId,
          orgId,
          principal.kind === "admin" ? null : principal.role,
          new Date(nowMs).toISOString(),
          new Date(nowMs + lifeMs).toISOString(),
          source.returnUrl,
        ],
      );
      const expiresAtMs = rows[0]?.expires_at.getTime() ?? nowMs;
      const by = actorOf(principal, source.remoteAddress);
      const changes = createdWith({ expires_at: apiTimestamp(expiresAtMs) });
      await recordAudit(database, { action: "session.opened", by, atMs: nowMs }, [
        { orgId, id, changes },
      ]);
      return { id, token, principal, expiresAtMs, returnUrl: source.returnUrl };
    });
  }

  async #load(id: string) {
    this.#cache.delete(id);
    const { database, clock } = this.#options;
    const { rows } = await database.query<SessionRow>({
      name: "session",
      text: `select session.id, session.token_hash, session.kind, session.api_key_id,
                    session.link_id, session.org_id, org.external_id as org_external_id,
                    session.role, session.return_url, session.expires_at
             from posthorn.sessions as session
             left join posthorn.orgs as org on org.id = session.org_id
             where session.id = $1`,
      values: [id],
    });
    const row = rows[0];
    if (row === undefined) return null;
    const session = {
      id,
      principal: principalOf(row),
      expiresAtMs: row.expires_at.getTime(),
      returnUrl: row.return_url,
    };
    const entry = {
      session,
      tokenHash: row.token_hash,
      untilMs: clock.monotonicMs() + limits.apiKeyCacheMs,
    };
    if (this.#cache.size >= limits.apiKeysCachedMax) this.#cache.clear();
    this.#cache.set(id, entry);
    return entry;
  }

  #hashFor(principal: KeyPrincipal, token: string): Buffer {
    return principal.kind === "admin"
      ? createHmac("sha256", this.#options.adminKey).update(token).digest()
      : hashOf(token);
  }
}

function principalOf(row: SessionRow): KeyPrincipal {
  if (row.kind === "admin") return { kind: "admin" };
  const keyId = row.kind === "portal_link" ? row.link_id : row.api_key_id;
  if (keyId === null || row.org_id === null || row.role === null) {
    throw new Error(`Session ${row.id} is incomplete.`);
  }
  const { org_id: orgId, org_external_id: orgExternalId, role } = row;
  return { kind: "key", via: row.kind, keyId, orgId, orgExternalId, role };
}

function hashOf(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
