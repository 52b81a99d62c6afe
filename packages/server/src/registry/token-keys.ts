/** The public keys of a token issuer, in a JSON Web Key Set (RFC 7517). */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Clock } from "../pipeline/ports.ts";

/**
 * @throws Error unless the text is a set of public RSA or P-256 keys. A secret key in a published
 * document is a mistake: if it were accepted, everyone who can read the document could sign tokens.
 */
export function parseKeySet(text: string): JSONWebKeySet {
  const { keys } = Object(JSON.parse(text)) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) throw new Error("it contains no keys");
  for (const key of keys as unknown[]) {
    const { kty, d } = Object(key) as { kty?: unknown; d?: unknown };
    if (kty === "oct" || d !== undefined) throw new Error("it contains a secret key");
  }
  return { keys: keys as JSONWebKeySet["keys"] };
}

export interface RemoteKeysOptions {
  readonly clock: Clock;
  /** Fetches the document's text. */
  text(): Promise<string>;
  onError(error: unknown): void;
}

/**
 * Caches keys for `limits.tokenKeysCacheMs`. Fetches them again if a token names an unknown key,
 * because issuers change their keys. Invented key ids cause at most one fetch per
 * `limits.tokenKeysCooldownMs`.
 */
export function createRemoteKeys(options: RemoteKeysOptions): JWTVerifyGetKey {
  const { clock } = options;
  let keys: JWTVerifyGetKey | null = null;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | null = null;

  const load = async (): Promise<void> => {
    try {
      keys = createLocalJWKSet(parseKeySet(await options.text()));
      fetchedAtMs = clock.monotonicMs();
    } catch (error) {
      options.onError(error);
    }
  };
  /** Requests that arrive during a fetch wait for the result of that fetch. */
  const refresh = (): Promise<void> => {
    if (underWay !== null) return underWay;
    if (clock.monotonicMs() - triedAtMs < limits.tokenKeysCooldownMs) return Promise.resolve();
    triedAtMs = clock.monotonicMs();
    underWay = load().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const present = (): JWTVerifyGetKey => {
    if (keys !== null && clock.monotonicMs() - fetchedAtMs < limits.tokenKeysStaleMsMax)
      return keys;
    const retryAfterSeconds = Math.ceil(limits.tokenKeysCooldownMs / 1000);
    throw new PosthornError("PH_TOKEN_KEYS_UNAVAILABLE", {}, { retryAfterSeconds });
  };
  return async (header, token) => {
    if (clock.monotonicMs() - fetchedAtMs >= limits.tokenKeysCacheMs) await refresh();
    const before = present();
    try {
      return await before(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      const after = present();
      if (after === before) throw error;
      return after(header, token);
    }
  };
}
