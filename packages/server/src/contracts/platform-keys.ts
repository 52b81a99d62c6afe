/** The platform's own key pairs, for signatures that receivers verify with a public key. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { PosthornError } from "../errors/catalogue.ts";
import type { PublicKeys } from "../model/public-keys.ts";

export type PlatformAlgorithm = "ed25519" | "ecdsa-p256" | "rsa-sha256";

export interface PlatformKey {
  /** The key's id, called `kid` in JSON Web Tokens and in the published key set. */
  readonly kid: string;
  readonly algorithm: PlatformAlgorithm;
  /** From when it signs, in milliseconds since the epoch. It is published before. */
  readonly activeFromMs: number;
  /** The public key as a JSON Web Key (RFC 7517), with `kid`, `alg` and `use`. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /**
   * The same text always gets the same signature, so a request can be rebuilt.
   *
   * @param form of an ECDSA signature: `der`, or `raw` as JSON Web Signatures have it.
   */
  sign(text: string, form: "der" | "raw"): Buffer;
}

/** Finds the key that signed at a time. */
export interface PlatformKeys {
  /** All public keys as a JSON Web Key Set, those that are not active yet included. */
  readonly published: PublicKeys;
  /** All keys, those with the latest start first. */
  readonly all: readonly PlatformKey[];
  /** @returns null if the platform has no such key. */
  keyAt(algorithm: PlatformAlgorithm, atMs: number): PlatformKey | null;
}

const jwsNames: Readonly<Record<PlatformAlgorithm, string>> = {
  ed25519: "EdDSA",
  "ecdsa-p256": "ES256",
  "rsa-sha256": "RS256",
};

/** @param keys in any order. Of each algorithm, the active key with the latest start signs. */
export function createPlatformKeys(keys: readonly PlatformKey[]): PlatformKeys {
  const newestFirst = keys.toSorted((one, other) => other.activeFromMs - one.activeFromMs);
  return {
    all: newestFirst,
    published: { keys: newestFirst.map(({ publicJwk }) => publicJwk) },
    keyAt: (algorithm, atMs) =>
      newestFirst.find((key) => key.algorithm === algorithm && key.activeFromMs <= atMs) ?? null,
  };
}

/**
 * Reads the configured keys.
 *
 * @param text a JSON Web Key Set with private keys, each with an optional `active_from`, ISO 8601.
 * @throws PosthornError `PH_SIGNING_KEYS_INVALID`, which does not contain the text.
 */
export function readPlatformKeys(text: string | null): PlatformKeys {
  if (text === null) return createPlatformKeys([]);
  const given = parsedSet(text);
  const keys = given.map((jwk, index) => {
    const { active_from: activeFrom = "1970-01-01T00:00:00Z", ...key } = jwk;
    const activeFromMs = typeof activeFrom === "string" ? Date.parse(activeFrom) : Number.NaN;
    if (Number.isNaN(activeFromMs)) throw refused(`key ${index + 1} has no valid active_from`);
    try {
      return readPlatformKey(key, activeFromMs);
    } catch (error) {
      throw refused(`key ${index + 1}: ${error instanceof Error ? error.message : "unreadable"}`);
    }
  });
  const kids = keys.map(({ kid }) => kid);
  const repeated = kids.find((kid, index) => kids.indexOf(kid) !== index);
  if (repeated !== undefined) throw refused("two keys have the same kid");
  return createPlatformKeys(keys);
}

function parsedSet(text: string): readonly Readonly<Record<string, unknown>>[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw refused("it is not JSON");
  }
  const { keys } = (set ?? {}) as { readonly keys?: unknown };
  const isList =
    Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null);
  if (!isList) throw refused("it has no list of keys");
  return keys as readonly Readonly<Record<string, unknown>>[];
}

function refused(reason: string): PosthornError {
  return new PosthornError("PH_SIGNING_KEYS_INVALID", { reason });
}

/** Contracts write it into headers between quotes, e.g. `keyid="…"`. */
const kidPattern = /^[!#-[\]-~]+$/;

/**
 * Reads a private key.
 *
 * @param jwk an Ed25519, P-256 or RSA key with at least 2,048 bits. Its `kid` is optional.
 * @throws Error that says what is wrong with it and does not contain it.
 */
export function readPlatformKey(
  jwk: Readonly<Record<string, unknown>>,
  activeFromMs: number,
): PlatformKey {
  const privateKey = privateKeyOf(jwk);
  const algorithm = algorithmOf(privateKey);
  const publicKey = createPublicKey(privateKey).export({ format: "jwk" });
  const kid = typeof jwk["kid"] === "string" ? jwk["kid"] : thumbprint(publicKey);
  if (!kidPattern.test(kid)) {
    throw new Error("its kid is not visible ASCII without quotes and backslashes");
  }
  const scalar = algorithm === "ecdsa-p256" ? scalarOf(privateKey) : null;
  return {
    kid,
    algorithm,
    activeFromMs,
    publicJwk: { ...publicKey, kid, alg: jwsNames[algorithm], use: "sig" },
    sign(text, form) {
      const data = Buffer.from(text, "utf8");
      if (scalar === null) return sign(algorithm === "ed25519" ? null : "sha256", data, privateKey);
      // Node's own ECDSA is random in each call. This one follows RFC 6979.
      const format = form === "der" ? "der" : "compact";
      return Buffer.from(p256.sign(data, scalar, { lowS: false, format }));
    },
  };
}

function privateKeyOf(jwk: Readonly<Record<string, unknown>>): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: "jwk" });
  } catch (cause) {
    throw new Error("it is not a private key in JSON Web Key form", { cause });
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): PlatformAlgorithm {
  const { namedCurve, modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "ed25519") return "ed25519";
  if (asymmetricKeyType === "ec" && namedCurve === "prime256v1") return "ecdsa-p256";
  if (asymmetricKeyType === "rsa" && modulusLength >= 2048) return "rsa-sha256";
  throw new Error("it is not an Ed25519 key, a P-256 key, or an RSA key with 2,048 bits or more");
}

function scalarOf(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
}

/** By RFC 7638, so that everyone who has the public key computes the same id. */
function thumbprint(jwk: JsonWebKey): string {
  const members = Object.entries({
    crv: jwk.crv,
    e: jwk.e,
    kty: jwk.kty,
    n: jwk.n,
    x: jwk.x,
    y: jwk.y,
  }).filter(([, value]) => value !== undefined);
  return createHash("sha256")
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest("base64url");
}
