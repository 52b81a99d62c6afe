/** Creates the token check according to the configuration. */
import { createHmac } from "node:crypto";
import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import type { JwtConfig } from "../config/config.ts";
import { limits } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { SvixAliases } from "../registry/index.ts";
import type { Clock } from "../pipeline/ports.ts";
import { createRemoteKeys, parseKeySet, SvixTokens, TokenVerifier } from "../registry/index.ts";
import { fetchDocument } from "../transport/index.ts";

/** @returns null if tokens are not accepted. */
export function createTokens(
  config: JwtConfig | null,
  clock: Clock,
  logger: Logger,
): TokenVerifier | null {
  if (config === null) return null;
  const { secret, audience, issuers } = config;
  return new TokenVerifier({
    clock,
    secret: secret === null ? null : new TextEncoder().encode(secret),
    keys: keysOf(config, clock, logger),
    audience,
    issuers,
  });
}

function keysOf(
  { jwks, jwksUrl }: JwtConfig,
  clock: Clock,
  logger: Logger,
): JWTVerifyGetKey | null {
  if (jwks !== null) return createLocalJWKSet(parseKeySet(jwks));
  if (jwksUrl === null) return null;
  const bounds = { deadlineMs: limits.tokenKeysFetchMs, bytesMax: limits.tokenKeysBytesMax };
  return createRemoteKeys({
    clock,
    text: () => fetchDocument(jwksUrl, bounds),
    // Not as `error`: the issuer's unreachable server would count as an outage of the database.
    onError: (error) => logger.warn({ err: error }, "fetching the keys for checking tokens failed"),
  });
}

/**
 * The tokens of the Svix dialect. Without a configured secret, Posthorn derives one, so that it can
 * still create tokens of applications. They end when the admin key changes.
 */
export function createSvixTokens(
  secret: string | null,
  adminKey: string,
  clock: Clock,
  aliases: SvixAliases,
): SvixTokens {
  const derived = (): Uint8Array =>
    createHmac("sha256", adminKey).update("svix application tokens").digest();
  return new SvixTokens(secret ?? derived(), clock, aliases);
}
