/**
 * The JSON Web Tokens of Svix's own server: HS256 with one secret. A token of an organisation may
 * do everything, a token of an application only what its customer may do.
 */
import { SignJWT, jwtVerify, type JWTPayload } from "jose";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { ExpiringMap } from "../model/expiring-map.ts";
import type { Principal } from "../model/principal.ts";
import { hasSvixPrefix, svixId } from "../model/svix-id.ts";
import type { Clock } from "../pipeline/ports.ts";
import { orgOfApp, type SvixAliases } from "./svix-aliases.ts";

/** What a token allows. */
export interface SvixGrant {
  readonly principal: Principal;
  /** The feature flags of an application's token; null if the token sees every event type. */
  readonly featureFlags: readonly string[] | null;
  /** When the token was issued: 0 if it does not say so. Null for what is no token of one org. */
  readonly issuedAtMs: number | null;
}

export interface ApplicationToken {
  readonly orgId: string;
  readonly isReadOnly: boolean;
  readonly featureFlags: readonly string[];
  readonly seconds: number;
}

/** The organisation that Svix's server has by default. Posthorn has one for each installation. */
const organisation = "org_23rb8YdGqMT0qIzpgGwdXfHirMu";

export class SvixTokens {
  readonly #secret: Uint8Array;
  readonly #clock: Clock;
  readonly #aliases: Pick<SvixAliases, "find">;
  /** Tokens that were valid a moment ago, so that most requests need not verify a signature. */
  readonly #valid: ExpiringMap<SvixGrant & { readonly expiresAtMs: number }>;

  constructor(secret: string | Uint8Array, clock: Clock, aliases: Pick<SvixAliases, "find">) {
    this.#aliases = aliases;
    this.#secret = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
    this.#clock = clock;
    const { apiKeyCacheMs, apiKeysCachedMax } = limits;
    this.#valid = new ExpiringMap(() => clock.monotonicMs(), apiKeyCacheMs, apiKeysCachedMax);
  }

  /** @throws PosthornError `PH_TOKEN_INVALID` */
  async grantOf(token: string): Promise<SvixGrant> {
    const known = this.#valid.get(token);
    if (known !== undefined && known.expiresAtMs > this.#clock.now()) return known;
    if (token.length > limits.tokenCharsMax) {
      throw invalid(`it is longer than ${limits.tokenCharsMax} characters`);
    }
    const claims = await this.#verify(token);
    const expiresAtMs = (claims.exp ?? 0) * 1000;
    const grant = await this.#grantOf(claims, expiresAtMs);
    this.#valid.set(token, { ...grant, expiresAtMs });
    return grant;
  }

  /** Creates a token for an application. */
  async create({ orgId, isReadOnly, featureFlags, seconds }: ApplicationToken): Promise<string> {
    const nowSeconds = Math.floor(this.#clock.now() / 1000);
    return new SignJWT({
      org: organisation,
      feature_flags: [...featureFlags],
      ...(isReadOnly ? { read_only: true } : {}),
    })
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setIssuer("svix-server")
      .setSubject(svixId("app", orgId))
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds)
      .setExpirationTime(nowSeconds + seconds)
      .sign(this.#secret);
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        algorithms: ["HS256"],
        currentDate: new Date(this.#clock.now()),
        clockTolerance: limits.tokenClockToleranceSeconds,
        requiredClaims: ["exp", "sub"],
      });
      return payload;
    } catch (error) {
      throw new PosthornError("PH_TOKEN_INVALID", { reason: "it is not valid" }, { cause: error });
    }
  }

  async #grantOf(claims: JWTPayload, expiresAtMs: number): Promise<SvixGrant> {
    const sub: unknown = claims.sub;
    if (typeof sub !== "string") throw invalid("its sub is no text");
    const token = { via: "jwt", subject: sub, expiresAtMs } as const;
    if (/^org_[0-9A-Za-z]{27}$/.test(sub)) {
      return { principal: { kind: "admin", ...token }, featureFlags: null, issuedAtMs: null };
    }
    const app = hasSvixPrefix("app", sub) ? await orgOfApp(this.#aliases, sub) : null;
    if (app === null) throw invalid("its sub names neither an organisation nor an application");
    const role = claims["read_only"] === true ? "read" : "manage";
    const flags: unknown = claims["feature_flags"];
    return {
      principal: { kind: "key", ...token, orgId: app.id, orgExternalId: app.externalId, role },
      featureFlags: Array.isArray(flags) ? flags.filter((flag) => typeof flag === "string") : [],
      issuedAtMs: (claims.iat ?? 0) * 1000,
    };
  }
}

function invalid(reason: string): PosthornError {
  return new PosthornError("PH_TOKEN_INVALID", { reason });
}
