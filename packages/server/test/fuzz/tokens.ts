/**
 * Tokens of an external issuer: Posthorn accepts only tokens that the issuer signed, and rejects
 * others with an error of the catalogue.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { PosthornError } from "../../src/errors/catalogue.ts";
import { looksLikeToken, TokenVerifier } from "../../src/registry/tokens.ts";
import { forgedToken, jwtSecret } from "../support/tokens.ts";
import { place, wordsOf } from "./json.ts";
import type { OpenTarget, PureTarget } from "./target.ts";

const nowSeconds = 1_700_000_000;
const orgId = "11111111-2222-4333-8444-555555555555";
const user: JWTPayload = {
  sub: "somebody",
  aud: "authenticated",
  role: "authenticated",
  org_id: orgId,
  webhook_role: "read",
  exp: nowSeconds + 60,
};

type Part = 0 | 1 | 2;
const part = fc.constantFrom<Part>(0, 1, 2);
const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split("");
const piece = fc.oneof(
  fc.constantFrom(...base64url, "", "=", "+", "/", ".", " ", "\n", "\u0000", "é"),
  fc.string({ maxLength: 5, unit: "binary" }),
);
const claimValue = fc.oneof(
  fc.json().map((text): unknown => JSON.parse(text)),
  fc.constantFrom<unknown>("manage", "service_role", "admin", nowSeconds + 9_999, orgId, [orgId]),
);
const claimName = fc.constantFrom(
  ...wordsOf("sub aud role org_id webhook_role exp nbf iat iss app_metadata user_metadata"),
  "__proto__",
  "constructor",
);

type Mutation = (token: string) => string;

/** Adds `__proto__` as a member, as JSON.parse does. An assignment would change the prototype. */
function withMember(object: object, name: string, value: unknown): string {
  const others = Object.entries(object).filter(([each]) => each !== name);
  return JSON.stringify(Object.fromEntries([...others, [name, value]]));
}

const edited = fc.tuple(part, place, piece).map(([which, at, text]): Mutation => (token) => {
  const parts = token.split(".");
  const whole = parts[which] ?? "";
  const index = Math.floor(at * (whole.length + 1));
  parts[which] = whole.slice(0, index) + text + whole.slice(index + 1);
  return parts.join(".");
});
/**
 * The last letter of a base64 part contains unused bits, so different letters can mean the same
 * bytes.
 */
const lastLetter = fc
  .tuple(part, fc.constantFrom(...base64url))
  .map(([which, letter]): Mutation => (token) => {
    const parts = token.split(".");
    parts[which] = (parts[which] ?? "").slice(0, -1) + letter;
    return parts.join(".");
  });
const otherClaim = fc.tuple(claimName, claimValue).map(([name, value]): Mutation => (token) => {
  const [header, payload, signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString()) as object;
  const text = withMember(claims, name, value);
  return `${header}.${Buffer.from(text).toString("base64url")}.${signature}`;
});
const otherHeader = fc
  .tuple(
    fc.constantFrom("none", "HS256", "HS512", "RS256", "ES256", "nOnE", ""),
    fc.constantFrom(null, "", "other", jwtSecret.slice(1)),
    fc.dictionary(fc.constantFrom("kid", "typ", "crit", "b64", "jwk", "jku", "x5c"), claimValue),
  )
  .map(
    ([alg, key, more]): Mutation =>
      () =>
        forgedToken({ alg, ...more }, user, key),
  );
const cut = place.map(
  (at): Mutation =>
    (token) =>
      token.slice(0, Math.floor(at * token.length)),
);

const mutation = fc.oneof(edited, lastLetter, otherClaim, otherHeader, cut);

async function isAccepted(verifier: TokenVerifier, token: string): Promise<boolean> {
  try {
    await verifier.principalOf(token);
    return true;
  } catch (error) {
    assert.ok(error instanceof PosthornError, `It threw ${String(error)}`);
    assert.ok([401, 403].includes(error.status), `${error.code} is ${error.status}`);
    return false;
  }
}

async function openMutated(): Promise<OpenTarget> {
  const pairs = await Promise.all([generateKeyPair("RS256"), generateKeyPair("ES256")]);
  const [rsa, elliptic] = pairs;
  const keys = createLocalJWKSet({
    keys: [
      { ...(await exportJWK(rsa.publicKey)), kid: "rsa" },
      { ...(await exportJWK(elliptic.publicKey)), kid: "elliptic" },
    ],
  });
  const secret = new TextEncoder().encode(jwtSecret);
  const verifier = new TokenVerifier({ ...options, secret, keys });
  const signed = (header: { alg: string; kid?: string }, key: SigningKey): Promise<string> =>
    new SignJWT(user).setProtectedHeader(header).sign(key);
  const tokens = await Promise.all([
    signed({ alg: "HS256" }, secret),
    signed({ alg: "RS256", kid: "rsa" }, rsa.privateKey),
    signed({ alg: "ES256", kid: "elliptic" }, elliptic.privateKey),
  ]);
  for (const token of tokens) assert.ok(await isAccepted(verifier, token));
  const property = fc.asyncProperty(
    // Two of the three algorithms are rarer here, because an RSA signature takes as long as twenty
    // HMACs.
    fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
    mutation,
    async (index, mutate) => {
      const token = tokens[index] ?? "";
      const mutated = mutate(token);
      looksLikeToken(mutated);
      if (mutated !== token) assert.ok(!(await isAccepted(verifier, mutated)), mutated);
    },
  );
  return { property };
}

type SigningKey = Parameters<SignJWT["sign"]>[0];

const options = {
  clock: { now: () => nowSeconds * 1_000, monotonicMs: () => 0, after: () => () => {} },
  audience: "authenticated",
  issuers: [],
};

/**
 * Correctly signed tokens with arbitrary claims: a token must allow exactly what its claims say.
 */
async function openClaims(): Promise<OpenTarget> {
  const secret = new TextEncoder().encode(jwtSecret);
  const verifier = new TokenVerifier({ ...options, secret, keys: null });
  const claims = fc.array(fc.tuple(claimName, claimValue), { maxLength: 6 });
  const property = fc.asyncProperty(claims, async (changed) => {
    const text = changed.reduce(
      (whole, [name, value]) => withMember(JSON.parse(whole) as object, name, value),
      JSON.stringify(user),
    );
    const payload = JSON.parse(text) as JWTPayload;
    // The test signs the token itself, because a library refuses claims of the wrong type.
    const token = forgedToken({ alg: "HS256" }, payload, jwtSecret);
    if (!(await isAccepted(verifier, token))) return;
    const principal = await verifier.principalOf(token);
    assert.ok(typeof payload.exp === "number" && payload.exp >= nowSeconds - 5);
    assert.equal(principal.kind === "admin", payload["role"] === "service_role");
    if (principal.kind === "admin") return;
    const metadata = Object(payload["app_metadata"]) as Record<string, unknown>;
    const roles = [payload["webhook_role"], metadata["webhook_role"], "read"];
    const role = principal.kind === "publisher" ? "publish_all" : principal.role;
    assert.ok(roles.includes(role), role);
    assert.equal(payload["role"], "authenticated");
    if (principal.kind === "publisher") {
      assert.equal(payload["org_id"] ?? metadata["org_id"] ?? null, null);
      return;
    }
    assert.match(principal.orgId, /^[0-9a-f-]{36}$/);
  });
  return { property };
}

export const tokenTargets: readonly PureTarget[] = [
  { name: "token", share: 2, shortCases: 300, open: openMutated },
  { name: "token-claims", share: 2, shortCases: 300, open: openClaims },
];
