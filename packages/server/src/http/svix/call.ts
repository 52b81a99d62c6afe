/** A call of one operation of Svix's API: who makes it, for which application, with what. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import type { Actor } from "../../model/audit.ts";
import type { OrgId } from "../../model/org-id.ts";
import type { OrgRole, Principal } from "../../model/principal.ts";
import type { Node } from "../../pipeline/dispatch/node.ts";
import type { Clock, Random } from "../../pipeline/ports.ts";
import type { EraseStore } from "../../pipeline/upkeep/erase.ts";
import type { ReplayStore } from "../../pipeline/upkeep/replay.ts";
import type { Client, Queryable } from "../../postgres/pool.ts";
import type { Tenants } from "../../postgres/tenants.ts";
import type {
  Authenticator,
  EndpointRegistry,
  KnownOrgs,
  Sessions,
  SvixAliases,
  SvixTokens,
} from "../../registry/index.ts";
import { orgOfApp } from "../../registry/index.ts";
import { answerOnce } from "../../registry/stored-answers.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { Statistics } from "../../observe/statistics.ts";
import type { Store } from "../../store/store.ts";
import { Refusal } from "./errors.ts";
import { Query } from "./query.ts";

export interface SvixDependencies {
  readonly tenants: Tenants;
  readonly node: Node;
  readonly store: Store;
  readonly replays: ReplayStore;
  readonly erasures: EraseStore;
  readonly endpoints: EndpointRegistry;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly knownOrgs: KnownOrgs;
  readonly svixAliases: SvixAliases;
  readonly svixTokens: SvixTokens;
  readonly metrics: Pick<Metrics, "published" | "refused">;
  readonly statistics: Pick<Statistics, "flushBeforeRead">;
  readonly clock: Clock;
  readonly random: Random;
  /** The console's public URL, without a slash at the end. */
  publicUrl(): string;
  /** Whether the service can publish and deliver. */
  isReady(): Promise<boolean>;
}

/** The response of an operation. */
export interface Answer {
  readonly status: number;
  /** Undefined or null for a response without a body; a text is JSON. */
  readonly body?: unknown;
}

export interface Operation {
  /** Svix's name of the operation, without `v1.`. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path below `/api/v1`. */
  readonly path: string;
  /** Which callers of an org may use it. Keys of the installation may use every operation. */
  readonly roles: readonly OrgRole[];
  handle(call: Call): Promise<Answer>;
}

export interface CallFacts {
  readonly principal: Principal;
  /** The feature flags of an application's token; null if the caller sees every event type. */
  readonly featureFlags: readonly string[] | null;
  /** See `SvixGrant.issuedAtMs`. */
  readonly tokenIssuedAtMs: number | null;
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  /** The path with its query. */
  readonly url: string;
  readonly bodyText: string;
  /** Null except for a POST with the header `idempotency-key`. */
  readonly idempotencyKey: string | null;
}

export class Call {
  readonly facts: CallFacts;
  readonly dependencies: SvixDependencies;
  readonly nowMs: number;
  readonly query: Query;

  constructor(facts: CallFacts, dependencies: SvixDependencies) {
    this.facts = facts;
    this.dependencies = dependencies;
    this.nowMs = dependencies.clock.now();
    const at = facts.url.indexOf("?");
    this.query = new Query(at === -1 ? "" : facts.url.slice(at + 1));
  }

  /** The audit's facts about a change. */
  get change(): { readonly nowMs: number; readonly by: Actor } {
    return { nowMs: this.nowMs, by: this.facts.actor };
  }

  /** @throws Refusal `not_found` for U+0000, which PostgreSQL cannot store, so nothing has it. */
  param(name: string): string {
    const text = this.facts.params[name] ?? "";
    if (text.includes("\u0000")) throw new Refusal("not_found");
    return text;
  }

  /**
   * The application of the path.
   *
   * @throws Refusal `not_found` if it does not exist, or belongs to another caller;
   * `authentication_failed` for a token of an earlier application with the same id.
   */
  async app(): Promise<OrgId> {
    const org = await this.namedApp();
    const known =
      this.dependencies.knownOrgs.remembered(org.id) ??
      (await this.dependencies.knownOrgs.find(org.id));
    if (known === null) throw new Refusal("not_found");
    const { tokenIssuedAtMs: issuedAtMs } = this.facts;
    const isOfEarlierApp =
      issuedAtMs !== null && known.erasedAtMs !== null && issuedAtMs <= known.erasedAtMs;
    if (isOfEarlierApp) throw new Refusal("authentication_failed");
    return known;
  }

  /**
   * The application that the path names, whether it exists or not.
   *
   * @throws Refusal `not_found` for a text that no application can have, or another caller's.
   */
  async namedApp(): Promise<OrgId> {
    const org = await orgOfApp(this.dependencies.svixAliases, this.param("app_id"));
    const { principal } = this.facts;
    const isForeign = principal.kind === "key" && principal.orgId !== org?.id;
    if (org === null || isForeign) throw new Refusal("not_found");
    return org;
  }

  /** Reads for one org, as a role that sees only this org; or for the operator. */
  read<Result>(
    orgId: string | null,
    work: (database: Queryable) => Promise<Result>,
  ): Promise<Result> {
    return this.dependencies.tenants.read(orgId, work);
  }

  /**
   * Makes a change in one transaction. With an idempotency key, a repeated request gets the first
   * one's answer and changes nothing.
   *
   * @param owner the org whose erasure deletes the stored answer, if it is not `orgId`.
   */
  write(
    orgId: string | null,
    work: (transaction: Client) => Promise<Answer>,
    owner = orgId,
  ): Promise<Answer> {
    const { idempotencyKey: key, url: path, principal } = this.facts;
    return this.dependencies.tenants.change(orgId, async (transaction) => {
      if (key === null) return work(transaction);
      const answered = { caller: callerText(principal), path, key, orgId: owner };
      return answerOnce(transaction, answered, this.nowMs, async () => {
        const { status, body = null } = await work(transaction);
        return { status, body };
      });
    });
  }
}

/** The caller of an idempotency key. Two credentials of the same caller share their keys. */
function callerText(principal: Principal): string {
  return principal.kind === "admin" ? "operator" : principal.orgId;
}

/** @throws PosthornError `PH_FIELD_INVALID` for a key that is too long. */
export function checkIdempotencyKey(key: string): string {
  if (key.length <= limits.idempotencyKeyCharsMax && key !== "") return key;
  throw new PosthornError("PH_FIELD_INVALID", {
    field: "idempotency-key",
    allowed: `text of 1 to ${limits.idempotencyKeyCharsMax} characters`,
  });
}
