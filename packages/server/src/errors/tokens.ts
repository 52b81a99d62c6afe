/** Errors about JSON Web Tokens; part of the catalogue in catalogue.ts. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const tokenErrors = {
  PH_TOKEN_INVALID: entry(
    401,
    "The token cannot be used: {reason}.",
    "Sign in again. If that does not help, compare the issuer's settings with the " +
      "POSTHORN_JWT_… variables.",
  ),
  PH_TOKEN_ALGORITHM: entry(
    401,
    "The token's signature algorithm is not accepted.",
    "Accepted: {algorithms}. Set POSTHORN_JWT_SECRET to accept HS256, or a JWKS to accept RS256 " +
      "and ES256.",
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
    "Wait until then, or compare the issuer's clock with the database server's.",
  ),
  PH_TOKEN_AUDIENCE: entry(
    401,
    "The token was issued for another audience.",
    "Use a token whose aud is {audience}, or change POSTHORN_JWT_AUDIENCE.",
  ),
  PH_TOKEN_ISSUER: entry(
    401,
    "Posthorn does not accept tokens from this issuer.",
    "Use a token from an issuer in POSTHORN_JWT_ISSUER, or add this issuer there.",
  ),
  PH_TOKEN_KEYS_UNAVAILABLE: entry(
    503,
    "The keys for checking tokens cannot be fetched at the moment.",
    "Try again after the seconds in Retry-After. Until then you can use API keys.",
  ),
  PH_TOKEN_ROLE: entry(
    403,
    "The token's role has no permissions.",
    "Sign in. The role must be authenticated, or service_role for operators.",
  ),
  PH_TOKEN_WITHOUT_ORG: entry(
    403,
    "The token contains no org: {reason}.",
    "Put the org's id in the claim org_id or app_metadata.org_id.",
  ),
  PH_TOKEN_PERMISSION: entry(
    403,
    "The token's webhook_role is not a valid role.",
    "Set the claim webhook_role or app_metadata.webhook_role to manage, publish or read; or to " +
      "publish_all, without an org_id.",
  ),
} as const;
