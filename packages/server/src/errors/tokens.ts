/** The catalogue's part about JSON Web Tokens; catalogue.ts says what entries are. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const tokenErrors = {
  PH_TOKEN_INVALID: entry(
    401,
    "The token cannot be used: {reason}.",
    "Sign in again; if that does not help, compare the issuer's settings with POSTHORN_JWT_….",
  ),
  PH_TOKEN_ALGORITHM: entry(
    401,
    "The token's signature algorithm is not accepted.",
    "Accepted: {algorithms}. POSTHORN_JWT_SECRET adds HS256; a JWKS adds RS256 and ES256.",
  ),
  PH_TOKEN_SIGNATURE: entry(
    401,
    "No trusted key matches the token's signature.",
    "Sign in again, or check that POSTHORN_JWT_SECRET or the JWKS belongs to the right project.",
  ),
  PH_TOKEN_EXPIRED: entry(401, "The token expired at {at}.", "Refresh the session."),
  PH_TOKEN_NOT_YET_VALID: entry(
    401,
    "The token is not valid before {at}.",
    "Wait, or compare the issuer's clock with the database's.",
  ),
  PH_TOKEN_AUDIENCE: entry(
    401,
    "The token is meant for another audience.",
    "Get a token whose aud is {audience}, or set POSTHORN_JWT_AUDIENCE.",
  ),
  PH_TOKEN_ISSUER: entry(
    401,
    "The token comes from another issuer.",
    "Get a token of an issuer that POSTHORN_JWT_ISSUER names.",
  ),
  PH_TOKEN_KEYS_UNAVAILABLE: entry(
    503,
    "The keys for checking tokens cannot be fetched at the moment.",
    "Try again after the seconds in Retry-After. API keys work meanwhile.",
  ),
  PH_TOKEN_ROLE: entry(
    403,
    "The token's role has no permissions here.",
    "Sign in: the role must be authenticated, or service_role for the operator.",
  ),
  PH_TOKEN_WITHOUT_ORG: entry(
    403,
    "The token contains no org: {reason}.",
    "Put the org's id into the claim org_id or app_metadata.org_id.",
  ),
  PH_TOKEN_PERMISSION: entry(
    403,
    "The token's webhook_role does not exist.",
    "Allowed in the claim webhook_role or app_metadata.webhook_role: manage, publish, read.",
  ),
} as const;
