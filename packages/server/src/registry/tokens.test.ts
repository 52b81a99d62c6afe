import { createHmac } from "node:crypto";
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey, JWK, JWTPayload } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { parseOrgId } from "../model/org-id.ts";
import { limits } from "../limits.ts";
import { createRemoteKeys, parseKeySet } from "./token-keys.ts";
import { looksLikeToken, TokenVerifier, type TokenVerifierOptions } from "./tokens.ts";

const secretText = "a-secret-of-a-test-with-more-than-32-bytes";
const secret = new TextEncoder().encode(secretText);
const nowSeconds = 1_700_000_000;
const orgId = "11111111-2222-4333-8444-555555555555";
let nowMs = nowSeconds * 1000;
const clock = { now: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };

const user: JWTPayload = {
  sub: "somebody",
  aud: "authenticated",
  role: "authenticated",
  org_id: orgId,
  exp: nowSeconds + 60,
};

let rsa: CryptoKey;
let elliptic: CryptoKey;
let otherRsa: CryptoKey;
let rsaPem: string;
let publicKeys: { keys: JWK[] };
beforeAll(async () => {
  const pairs = await Promise.all([
    generateKeyPair("RS256", { extractable: true }),
    generateKeyPair("ES256", { extractable: true }),
    generateKeyPair("RS256"),
  ]);
  rsa = pairs[0].privateKey;
  elliptic = pairs[1].privateKey;
  otherRsa = pairs[2].privateKey;
  rsaPem = await exportSPKI(pairs[0].publicKey);
  publicKeys = {
    keys: [
      { ...(await exportJWK(pairs[0].publicKey)), kid: "rsa" },
      { ...(await exportJWK(pairs[1].publicKey)), kid: "elliptic" },
    ],
  };
});

function verifier(options: Partial<TokenVerifierOptions> = {}): TokenVerifier {
  nowMs = nowSeconds * 1000;
  return new TokenVerifier({
    clock,
    secret,
    keys: null,
    audience: "authenticated",
    issuers: [],
    ...options,
  });
}

const byKeys = (): TokenVerifier => verifier({ secret: null, keys: createLocalJWKSet(publicKeys) });

const signed = (
  payload: JWTPayload,
  key: CryptoKey | Uint8Array = secret,
  header: { alg: string; kid?: string } = { alg: "HS256" },
): Promise<string> => new SignJWT(payload).setProtectedHeader(header).sign(key);

const without = (claim: string): JWTPayload =>
  Object.fromEntries(Object.entries(user).filter(([name]) => name !== claim));

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function forged(header: object, payload: JWTPayload, key: string | null): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${key === null ? "" : createHmac("sha256", key).update(text).digest("base64url")}`;
}

/**
 * Returns the code of the error that rejects the token, and checks that the response contains no
 * part of the token.
 */
async function refusal(by: TokenVerifier, token: string): Promise<string> {
  try {
    await by.principalOf(token);
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    for (const piece of token.split(".").filter((each) => each.length > 8)) {
      expect(message + hint).not.toContain(piece);
    }
    return code;
  }
  return "taken";
}

test("a token has one form: others that decode to the same bytes are rejected", async () => {
  const token = await signed(user);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const taken: string[] = [];
  for (const letter of [...letters.split(""), "", "="]) {
    for (const other of [token.slice(0, -1) + letter, token + letter]) {
      if ((await refusal(verifier(), other)) === "taken") taken.push(other);
    }
  }
  expect(new Set(taken)).toEqual(new Set([token]));
});

describe("what a token allows", () => {
  test("a user of an org may read there, if the token says no more", async () => {
    expect(await verifier().principalOf(await signed(user))).toEqual({
      kind: "key",
      via: "jwt",
      orgId,
      orgExternalId: null,
      role: "read",
      subject: "somebody",
      expiresAtMs: (nowSeconds + 60) * 1000,
    });
  });

  test.each(["manage", "publish", "read"])("webhook_role %s is that role", async (role) => {
    const own = await signed({ ...user, webhook_role: role });
    const metadata = await signed({ ...user, app_metadata: { webhook_role: role } });
    for (const token of [own, metadata]) {
      expect(await verifier().principalOf(token)).toMatchObject({ role });
    }
  });

  test("the org may be any text of the platform, in any case", async () => {
    for (const text of ["cus_123", "Cus_123", "42"]) {
      const principal = await verifier().principalOf(await signed({ ...user, org_id: text }));
      expect(principal).toMatchObject({ orgExternalId: text });
      expect(principal).toMatchObject({ orgId: parseOrgId(text).id });
    }
  });

  test("the org may be in app_metadata, in capitals", async () => {
    const { org_id: _, ...rest } = user;
    const token = await signed({ ...rest, app_metadata: { org_id: orgId.toUpperCase() } });
    expect(await verifier().principalOf(token)).toMatchObject({ orgId });
  });

  test("service_role is the operator, also without audience and subject", async () => {
    const token = await signed({ role: "service_role", iss: "supabase", exp: nowSeconds + 60 });
    expect(await verifier().principalOf(token)).toMatchObject({ kind: "admin", subject: null });
  });

  const { org_id: _org, ...orgless } = user;
  test("publish_all without an org may publish for every org", async () => {
    const own = await signed({ ...orgless, webhook_role: "publish_all" });
    const metadata = await signed({ ...orgless, app_metadata: { webhook_role: "publish_all" } });
    for (const token of [own, metadata]) {
      expect(await verifier().principalOf(token)).toEqual({
        kind: "publisher",
        via: "jwt",
        subject: "somebody",
        expiresAtMs: (nowSeconds + 60) * 1000,
      });
    }
  });

  test.each<[string, JWTPayload, string]>([
    ["role anon", { ...user, role: "anon" }, "PH_TOKEN_ROLE"],
    ["another role", { ...user, role: "postgres" }, "PH_TOKEN_ROLE"],
    ["no role", { ...user, role: undefined }, "PH_TOKEN_ROLE"],
    ["no org", orgless, "PH_TOKEN_WITHOUT_ORG"],
    ["an org that is no id", { ...user, org_id: "a\u0000b" }, "PH_TOKEN_WITHOUT_ORG"],
    ["an org that is rounded", { ...user, org_id: 2 ** 53 }, "PH_TOKEN_WITHOUT_ORG"],
    [
      "an org in user_metadata",
      { ...orgless, user_metadata: { org_id: orgId } },
      "PH_TOKEN_WITHOUT_ORG",
    ],
    [
      "two orgs",
      { ...user, app_metadata: { org_id: "99999999-2222-4333-8444-555555555555" } },
      "PH_TOKEN_WITHOUT_ORG",
    ],
    ["publish_all and an org", { ...user, webhook_role: "publish_all" }, "PH_TOKEN_PERMISSION"],
    ["an unknown permission", { ...user, webhook_role: "admin" }, "PH_TOKEN_PERMISSION"],
    [
      "two permissions",
      { ...user, webhook_role: "read", app_metadata: { webhook_role: "manage" } },
      "PH_TOKEN_PERMISSION",
    ],
    ["another audience", { ...user, aud: "other" }, "PH_TOKEN_AUDIENCE"],
    ["no audience", without("aud"), "PH_TOKEN_AUDIENCE"],
    ["another's service_role", { ...user, role: "service_role", aud: "x" }, "PH_TOKEN_AUDIENCE"],
    ["no end", without("exp"), "PH_TOKEN_INVALID"],
    ["an end that is no number", { ...user, exp: "9" as unknown as number }, "PH_TOKEN_INVALID"],
    ["a subject with a line break", { ...user, sub: "a\nb" }, "PH_TOKEN_INVALID"],
    ["a subject without end", { ...user, sub: "x".repeat(257) }, "PH_TOKEN_INVALID"],
  ])("with %s it is rejected", async (_title, payload, code) => {
    expect(await refusal(verifier(), await signed(payload))).toBe(code);
  });

  test("the issuer is checked if one is configured", async () => {
    const strict = verifier({ issuers: ["https://a/auth/v1", "supabase"] });
    expect(await refusal(strict, await signed({ ...user, iss: "supabase" }))).toBe("taken");
    expect(await refusal(strict, await signed({ ...user, iss: "b" }))).toBe("PH_TOKEN_ISSUER");
    expect(await refusal(strict, await signed(user))).toBe("PH_TOKEN_ISSUER");
  });
});

describe("time", () => {
  const tolerance = limits.tokenClockToleranceSeconds;
  test.each<[string, JWTPayload, string]>([
    ["at its end and the tolerance", { exp: nowSeconds - tolerance }, "PH_TOKEN_EXPIRED"],
    ["a second sooner", { exp: nowSeconds - tolerance + 1 }, "taken"],
    ["before its beginning", { nbf: nowSeconds + tolerance + 1 }, "PH_TOKEN_NOT_YET_VALID"],
    ["within the tolerance of it", { nbf: nowSeconds + tolerance }, "taken"],
  ])("%s", async (_title, times, result) => {
    expect(await refusal(verifier(), await signed({ ...user, ...times }))).toBe(result);
  });
});

describe("signatures", () => {
  test("RS256 and ES256 are checked with the keys of the set", async () => {
    for (const [key, alg, kid] of [
      [rsa, "RS256", "rsa"],
      [elliptic, "ES256", "elliptic"],
    ] as const) {
      expect(await refusal(byKeys(), await signed(user, key, { alg, kid }))).toBe("taken");
    }
  });

  test("the algorithm none is rejected in every spelling", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      for (const by of [verifier(), byKeys()]) {
        expect(await refusal(by, forged({ alg }, user, null))).toBe("PH_TOKEN_ALGORITHM");
      }
    }
    expect(await refusal(verifier(), forged({}, user, null))).toBe("PH_TOKEN_ALGORITHM");
  });

  test("an RSA public key is not accepted as a secret of HS256", async () => {
    const token = forged({ alg: "HS256", kid: "rsa" }, user, rsaPem);
    expect(await refusal(byKeys(), token)).toBe("PH_TOKEN_ALGORITHM");
    const both = verifier({ keys: createLocalJWKSet(publicKeys) });
    expect(await refusal(both, token)).toBe("PH_TOKEN_SIGNATURE");
  });

  test("RS256 is rejected if there is only a secret, and HS512 always", async () => {
    const token = await signed(user, rsa, { alg: "RS256", kid: "rsa" });
    expect(await refusal(verifier(), token)).toBe("PH_TOKEN_ALGORITHM");
    const long = new TextEncoder().encode(secretText.repeat(2));
    const hs512 = await signed(user, long, { alg: "HS512" });
    expect(await refusal(verifier(), hs512)).toBe("PH_TOKEN_ALGORITHM");
  });

  test("foreign and unknown keys are rejected, and those of another kind or curve", async () => {
    const { privateKey: larger } = await generateKeyPair("ES384");
    const tokens = [
      await signed(user, otherRsa, { alg: "RS256", kid: "rsa" }),
      await signed(user, rsa, { alg: "RS256", kid: "nobody" }),
      await signed(user, rsa, { alg: "RS256", kid: "elliptic" }),
      forged({ alg: "ES256", kid: "rsa" }, user, "x"),
    ];
    for (const token of tokens) expect(await refusal(byKeys(), token)).toBe("PH_TOKEN_SIGNATURE");
    const es384 = await signed(user, larger, { alg: "ES384", kid: "elliptic" });
    expect(await refusal(byKeys(), es384)).toBe("PH_TOKEN_ALGORITHM");
    expect(await refusal(verifier(), forged({ alg: "HS256" }, user, "wrong"))).toBe(
      "PH_TOKEN_SIGNATURE",
    );
  });

  test("a changed claim or an unknown critical header is rejected", async () => {
    const [header = "", , signature = ""] = (await signed(user)).split(".");
    const changed = `${header}.${part({ ...user, role: "service_role" })}.${signature}`;
    expect(await refusal(verifier(), changed)).toBe("PH_TOKEN_SIGNATURE");
    const critical = forged({ alg: "HS256", crit: ["b64"], b64: false }, user, secretText);
    expect(await refusal(verifier(), critical)).not.toBe("taken");
  });

  test("an invalid token, or one beyond the size limit, is rejected", async () => {
    for (const token of ["eyJ.x.y", "eyJhIjoxfQ..", "eyJhIjoxfQ.%.x"]) {
      expect(await refusal(verifier(), token)).toMatch(/^PH_TOKEN_(INVALID|ALGORITHM)$/);
    }
    const padding = "x".repeat(limits.tokenCharsMax);
    const long = await signed({ ...user, padding });
    expect(await refusal(verifier(), long)).toBe("PH_TOKEN_INVALID");
    const room = limits.tokenCharsMax - (await signed({ ...user, padding: "" })).length;
    const fitting = await signed({ ...user, padding: "x".repeat(Math.floor((room * 3) / 4) - 3) });
    expect(fitting.length).toBeGreaterThan(limits.tokenCharsMax - 16);
    expect(await refusal(verifier(), fitting)).toBe("taken");
  });

  test("a token differs from a key by its form", () => {
    expect(looksLikeToken(forged({ alg: "none" }, user, null))).toBe(true);
    for (const key of ["phk_abc", "a.b.c", "eyJx", "eyJ.a", ""]) {
      expect(looksLikeToken(key)).toBe(false);
    }
  });
});

describe("keys that are fetched", () => {
  function remote(answers: () => string) {
    const state = { fetches: 0, errors: 0 };
    nowMs = nowSeconds * 1000;
    const keys = createRemoteKeys({
      clock,
      text: async () => {
        state.fetches += 1;
        return answers();
      },
      onError: () => {
        state.errors += 1;
      },
    });
    return { state, by: verifier({ secret: null, keys }) };
  }
  const later = async (ms: number): Promise<string> => {
    nowMs += ms;
    const payload = { ...user, exp: Math.floor(nowMs / 1000) + 60 };
    return signed(payload, rsa, { alg: "RS256", kid: "rsa" });
  };

  test("are fetched once for many tokens, and again when they are old", async () => {
    const { state, by } = remote(() => JSON.stringify(publicKeys));
    const token = await later(0);
    const all = await Promise.all(Array.from({ length: 20 }, () => refusal(by, token)));
    expect(new Set(all)).toEqual(new Set(["taken"]));
    expect(state.fetches).toBe(1);
    expect(await refusal(by, await later(limits.tokenKeysCacheMs))).toBe("taken");
    expect(state.fetches).toBe(2);
  });

  test("are fetched again for an unknown key id, but not before the pause is over", async () => {
    let document = { keys: publicKeys.keys.slice(1) };
    const { state, by } = remote(() => JSON.stringify(document));
    expect(await refusal(by, await later(0))).toBe("PH_TOKEN_SIGNATURE");
    document = publicKeys;
    for (let each = 0; each < 50; each += 1) {
      expect(await refusal(by, await later(1))).toBe("PH_TOKEN_SIGNATURE");
    }
    expect(state.fetches).toBe(1);
    expect(await refusal(by, await later(limits.tokenKeysCooldownMs))).toBe("taken");
    expect(state.fetches).toBe(2);
  });

  test("stay valid while new ones cannot be fetched, but not forever", async () => {
    let isThere = true;
    const { state, by } = remote(() => (isThere ? JSON.stringify(publicKeys) : "<html>"));
    expect(await refusal(by, await later(0))).toBe("taken");
    isThere = false;
    expect(await refusal(by, await later(limits.tokenKeysCacheMs))).toBe("taken");
    expect(state.errors).toBe(1);
    expect(await refusal(by, await later(limits.tokenKeysStaleMsMax))).toBe(
      "PH_TOKEN_KEYS_UNAVAILABLE",
    );
    isThere = true;
    expect(await refusal(by, await later(limits.tokenKeysCooldownMs))).toBe("taken");
  });

  test("must be public, or the document is rejected", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const bad = [
      "{}",
      "[]",
      '{"keys":[]}',
      "no JSON",
      '{"keys":[{"kty":"oct","k":"x"}]}',
      JSON.stringify({ keys: [await exportJWK(privateKey)] }),
    ];
    for (const text of bad) expect(() => parseKeySet(text)).toThrow();
  });
});
