/**
 * JSON Web Tokens (RFC 7519) as Supabase Auth issues them. Checks their signature and expiry, and
 * converts their claims to permissions. https://supabase.com/docs/guides/auth/jwt-fields lists the
 * claims.
 */
import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { canonicalOrgId, externalIdProblem, parseOrgId, type OrgId } from "../model/org-id.ts";
import type { OrgRole, TokenClaims, TokenOwner } from "../model/principal.ts";
import type { Clock } from "../pipeline/ports.ts";
import { orgRoles, publishAllRole } from "./api-keys.ts";

export interface TokenVerifierOptions {
  readonly clock: Clock;
  /** The HS256 secret; null if such tokens are rejected. */
  readonly secret: Uint8Array | null;
  /** The RS256 and ES256 keys; null if such tokens are rejected. */
  readonly keys: JWTVerifyGetKey | null;
  readonly audience: string;
  /** The accepted issuers. Empty if any issuer is accepted. */
  readonly issuers: readonly string[];
}

/**
 * Returns true for three parts, the first of which is a JSON object in base64url. Posthorn's own
 * keys never have this form.
 */
export function looksLikeToken(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text);
}

export class TokenVerifier {
  readonly #options: TokenVerifierOptions;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
  }

  /**
   * Returns the principal of a token.
   *
   * @throws PosthornError `PH_TOKEN_…`: 401 for an invalid token, 403 for a token without
   * permissions, 503 if the issuer's keys cannot be fetched.
   */
  async principalOf(token: string): Promise<TokenOwner> {
    const claims = await this.#verify(token);
    this.#checkIssuer(claims);
    const { role } = claims;
    // The token may be Supabase's anon key, which is public and only identifies the project.
    if (role !== "authenticated" && role !== "service_role") {
      throw new PosthornError("PH_TOKEN_ROLE");
    }
    this.#checkAudience(claims, role);
    const facts: TokenClaims = {
      via: "jwt",
      subject: subjectOf(claims),
      expiresAtMs: (claims.exp ?? 0) * 1000,
    };
    if (role === "service_role") return { kind: "admin", ...facts };
    const permission = permissionOf(claims);
    if (permission === publishAllRole) {
      checkNoOrg(claims);
      return { kind: "publisher", ...facts };
    }
    const { id: orgId, externalId: orgExternalId } = orgOf(claims);
    return { kind: "key", orgId, orgExternalId, role: permission, ...facts };
  }

  async #verify(token: string): Promise<JWTPayload> {
    if (token.length > limits.tokenCharsMax) {
      throw invalid(`it is longer than ${limits.tokenCharsMax} characters`);
    }
    if (!token.split(".").every(isCanonical)) throw invalid("it is malformed");
    const { clock } = this.#options;
    const { key, algorithms } = this.#keyFor(token);
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms,
        currentDate: new Date(clock.now()),
        clockTolerance: limits.tokenClockToleranceSeconds,
        requiredClaims: ["exp"],
      });
      return payload;
    } catch (error) {
      throw refusal(error);
    }
  }

  /**
   * Selects the key that verifies a token. The token's header chooses only among the kinds of keys
   * that the configuration allows.
   */
  #keyFor(token: string): { readonly key: JWTVerifyGetKey; readonly algorithms: string[] } {
    const { secret, keys } = this.#options;
    const { alg } = headerOf(token);
    if (alg === "HS256" && secret !== null) {
      return { key: () => Promise.resolve(secret), algorithms: ["HS256"] };
    }
    if ((alg === "RS256" || alg === "ES256") && keys !== null)
      return { key: keys, algorithms: [alg] };
    const taken = [
      ...(secret === null ? [] : ["HS256"]),
      ...(keys === null ? [] : ["RS256", "ES256"]),
    ];
    throw new PosthornError("PH_TOKEN_ALGORITHM", { algorithms: taken.join(", ") });
  }

  #checkIssuer({ iss }: JWTPayload): void {
    const { issuers } = this.#options;
    if (issuers.length > 0 && !issuers.includes(String(iss))) {
      throw new PosthornError("PH_TOKEN_ISSUER");
    }
  }

  /** Supabase's service_role key has no audience. A token with another audience is rejected. */
  #checkAudience({ aud }: JWTPayload, role: "authenticated" | "service_role"): void {
    if (aud === undefined && role === "service_role") return;
    const { audience } = this.#options;
    const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
    if (!given.includes(audience)) throw new PosthornError("PH_TOKEN_AUDIENCE", { audience });
  }
}

function invalid(reason: string): PosthornError {
  return new PosthornError("PH_TOKEN_INVALID", { reason });
}

/**
 * Rejects other spellings of a signature: four spellings decode to the same bytes, and only the
 * issued one is accepted.
 */
function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

function headerOf(token: string): { readonly alg?: unknown } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw invalid("it is malformed");
  }
}

function refusal(error: unknown): unknown {
  if (error instanceof PosthornError) return error;
  if (error instanceof errors.JWTExpired) {
    return new PosthornError("PH_TOKEN_EXPIRED", { at: timeOf(error.payload.exp) });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === "nbf" && error.reason === "check_failed"
      ? new PosthornError("PH_TOKEN_NOT_YET_VALID", { at: timeOf(error.payload.nbf) })
      : invalid(`its ${error.claim} is missing or wrong`);
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return invalid("it is malformed");
  }
  // The reason is one of these: no key or several keys match, the key is of another kind, its
  // modulus is too short, or the signature is wrong.
  return new PosthornError("PH_TOKEN_SIGNATURE", {}, { cause: error });
}

function timeOf(seconds: number | undefined): string {
  const date = new Date((seconds ?? 0) * 1000);
  return Number.isNaN(date.getTime()) ? "a time is out of range" : date.toISOString();
}

/** The audit stores the subject, so it must be short and printable. */
function subjectOf({ sub }: JWTPayload): string | null {
  if (sub === undefined) return null;
  const isPrintable = typeof sub === "string" && /^[^\p{Cc}\p{Cs}]+$/u.test(sub);
  if (!isPrintable || sub.length > limits.tokenSubjectCharsMax)
    throw invalid("its sub is not valid");
  return sub;
}

/**
 * Reads a claim of the token itself, or one in `app_metadata`, which only the platform's server can
 * change. Users can change `user_metadata`, so it is never used.
 */
function claimOf(claims: JWTPayload, name: string): readonly unknown[] {
  const metadata = Object(claims["app_metadata"]) as Readonly<Record<string, unknown>>;
  const own = (object: object): unknown =>
    Object.hasOwn(object, name) ? (object as Readonly<Record<string, unknown>>)[name] : undefined;
  const given = [own(claims), own(metadata)].filter((each) => each !== undefined && each !== null);
  return [...new Set(given)];
}

function orgOf(claims: JWTPayload): OrgId {
  const given = claimOf(claims, "org_id").map((each) =>
    typeof each === "string" || Number.isSafeInteger(each) ? canonicalOrgId(String(each)) : "",
  );
  const [text, other] = [...new Set(given)];
  if (other !== undefined) throw withoutOrg("it names two");
  if (text === undefined) throw withoutOrg("it has no org_id");
  if (externalIdProblem(text) !== null) throw withoutOrg("org_id is not a valid id");
  return parseOrgId(text);
}

function withoutOrg(reason: string): PosthornError {
  return new PosthornError("PH_TOKEN_WITHOUT_ORG", { reason });
}

/** A token that names an org must not publish for others. */
function checkNoOrg(claims: JWTPayload): void {
  if (claimOf(claims, "org_id").length > 0) throw new PosthornError("PH_TOKEN_PERMISSION");
}

/** Without a claim, the token is read-only. */
function permissionOf(claims: JWTPayload): OrgRole | typeof publishAllRole {
  const [given = "read", other] = claimOf(claims, "webhook_role");
  const roles = [...orgRoles, publishAllRole] as const;
  const role = roles.find((each) => each === given);
  if (role === undefined || other !== undefined) throw new PosthornError("PH_TOKEN_PERMISSION");
  return role;
}
