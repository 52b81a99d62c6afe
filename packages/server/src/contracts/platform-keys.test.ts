import { generateKeyPairSync, verify, type KeyObject } from "node:crypto";
import { importJWK, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import type { SignatureAlgorithm } from "./contract.ts";
import {
  createPlatformKeys,
  readPlatformKey,
  readPlatformKeys,
  type PlatformKey,
} from "./platform-keys.ts";
import { compileContract } from "./render.ts";
import { attempt, byName, document, keysOf, signedBy } from "./testing/rendering.ts";

const pairs = {
  ed25519: generateKeyPairSync("ed25519"),
  "ecdsa-p256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "rsa-sha256": generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const algorithms = Object.keys(pairs) as (keyof typeof pairs)[];

function keyOf(privateKey: KeyObject, activeFromMs = 0): PlatformKey {
  return readPlatformKey(privateKey.export({ format: "jwk" }) as object as never, activeFromMs);
}

const keys = Object.values(pairs).map(({ privateKey }) => keyOf(privateKey));
const platform = createPlatformKeys(keys);

/** A contract whose header `x-a` has one signature with the platform's key. */
function render(signature: object, headers: Readonly<Record<string, string>> = {}) {
  const contract = compileContract(
    {
      ...document(),
      headers: { "x-a": "{signature.a}", ...headers },
      signatures: { a: signature },
    },
    platform,
  );
  const { headers: sent, body } = contract.render(attempt, new Map());
  return { contract, body, headers: byName(sent) };
}

describe("the platform's key signs", () => {
  test.each(algorithms)("by %s, the same in each call", (algorithm) => {
    const signature = { algorithm, encoding: "base64" };
    const { body, headers } = render(signature);
    const bytes = Buffer.from(headers["x-a"] ?? "", "base64");
    const hash = algorithm === "ed25519" ? null : "sha256";
    expect(verify(hash, Buffer.from(body), pairs[algorithm].publicKey, bytes)).toBe(true);
    expect(verify(hash, Buffer.from(`${body} `), pairs[algorithm].publicKey, bytes)).toBe(false);
    expect(render(signature).headers["x-a"]).toBe(headers["x-a"]);
  });

  test.each([
    ["ed25519", "EdDSA"],
    ["ecdsa-p256", "ES256"],
    ["rsa-sha256", "RS256"],
  ] as const)("a JWT by %s, named by the published key's id", async (algorithm, alg) => {
    const jwt = {
      header: { iss: "posthorn" },
      claims: { iat: "{attempt.timestamp_seconds}", hash: "{body.sha256.hex}" },
    };
    const { headers } = render({ algorithm, jwt });
    const published = keys.find((key) => key.algorithm === algorithm)?.publicJwk ?? {};
    expect(Object.keys(published)).not.toContain("d");
    const { payload, protectedHeader } = await jwtVerify(
      headers["x-a"] ?? "",
      await importJWK(published, alg),
      { currentDate: new Date(attempt.atMs) },
    );
    expect(payload["iat"]).toBe(Math.floor(attempt.atMs / 1000));
    expect(payload["hash"]).toMatch(/^[0-9a-f]{64}$/);
    expect(protectedHeader).toEqual({ alg, typ: "JWT", kid: published["kid"], iss: "posthorn" });
  });

  test("with the key that was active at the time of the attempt, and {kid.NAME} names it", () => {
    const old = keyOf(pairs.ed25519.privateKey, 0);
    const next = keyOf(generateKeyPairSync("ed25519").privateKey, attempt.atMs + 1);
    const contract = compileContract(
      {
        ...document(),
        headers: { "x-a": "{kid.a}:{signature.a}" },
        signatures: { a: { algorithm: "ed25519" } },
      },
      createPlatformKeys([next, old]),
    );
    const kidAt = (atMs: number): string | undefined =>
      byName(contract.render({ ...attempt, atMs }, new Map()).headers)["x-a"]?.split(":")[0];
    expect(kidAt(attempt.atMs)).toBe(old.kid);
    expect(kidAt(attempt.atMs + 1)).toBe(next.kid);
    expect(() => contract.render({ ...attempt, atMs: -1 }, new Map())).toThrow(
      "The platform has no ed25519 key",
    );
  });
});

test("the endpoint's own Ed25519 key signs as Svix's v1a does", () => {
  const { d = "", x = "" } = pairs.ed25519.privateKey.export({ format: "jwk" });
  const pair = Buffer.concat([Buffer.from(d, "base64url"), Buffer.from(x, "base64url")]);
  const contract = signedBy({
    algorithm: "ed25519",
    secret: "main",
    key: "base64",
    keyPrefix: "whsk_",
    encoding: "base64",
    form: "v1a,{signature}",
  });
  const secret = `whsk_${pair.toString("base64")}`;
  const { headers, body } = contract.render(attempt, keysOf(contract, [secret]));
  const [version, signature = ""] = byName(headers)["x-a"]?.split(",") ?? [];
  const { publicKey } = pairs.ed25519;
  expect(version).toBe("v1a");
  expect(verify(null, Buffer.from(body), publicKey, Buffer.from(signature, "base64"))).toBe(true);
  expect(contract.checkSecret("main", "whsk_AAAA").problem).toContain("32 or 64 bytes");
});

describe("a key is rejected", () => {
  const jwkOf = (key: KeyObject): Readonly<Record<string, unknown>> =>
    key.export({ format: "jwk" }) as object as never;
  test.each([
    ["that is public", jwkOf(pairs.ed25519.publicKey), /not a private key/],
    [
      "of another curve",
      jwkOf(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey),
      /P-256/,
    ],
    [
      "with 1,024 bits",
      jwkOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey),
      /2,048/,
    ],
    ["that is none", { kty: "none" }, /not a private key/],
    ["with a quote in its id", { ...jwkOf(pairs.ed25519.privateKey), kid: 'a"b' }, /kid/],
    ["with a backslash in its id", { ...jwkOf(pairs.ed25519.privateKey), kid: "a\\b" }, /kid/],
    ["with a line break in its id", { ...jwkOf(pairs.ed25519.privateKey), kid: "a\nb" }, /kid/],
    ["with an empty id", { ...jwkOf(pairs.ed25519.privateKey), kid: "" }, /kid/],
  ])("%s", (_name, jwk, message) => {
    expect(() => readPlatformKey(jwk, 0)).toThrow(message);
  });
});

describe("the configured keys", () => {
  const { privateKey } = pairs.ed25519;
  const jwk = privateKey.export({ format: "jwk" });
  const other = { ...pairs["ecdsa-p256"].privateKey.export({ format: "jwk" }), kid: "k2" };

  test("are published without their private parts, and sign from active_from on", () => {
    const set = { keys: [jwk, { ...other, active_from: "2026-01-01T00:00:00Z" }] };
    const read = readPlatformKeys(JSON.stringify(set));
    expect(read.published.keys.map(({ kid, alg }) => [kid === "k2", alg])).toEqual([
      [true, "ES256"],
      [false, "EdDSA"],
    ]);
    expect(JSON.stringify(read.published)).not.toMatch(/"d":|active_from/);
    const startMs = Date.UTC(2026, 0, 1);
    expect(read.keyAt("ecdsa-p256", startMs - 1)).toBeNull();
    expect(read.keyAt("ecdsa-p256", startMs)?.kid).toBe("k2");
    expect(read.keyAt("ed25519", 0)).not.toBeNull();
    expect(readPlatformKeys(null).published).toEqual({ keys: [] });
  });

  test.each([
    ["that are not JSON", "{", /not JSON/],
    ["without a list", "{}", /no list of keys/],
    ["with a text as a key", '{"keys":["a"]}', /no list of keys/],
    [
      "of which one is public",
      '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}',
      /key 1: it is not/,
    ],
    ["twice", JSON.stringify({ keys: [jwk, jwk] }), /same kid/],
    [
      "with a time that is none",
      JSON.stringify({ keys: [{ ...jwk, active_from: "soon" }] }),
      /key 1 has no valid active_from/,
    ],
  ])("%s are refused", (_name, text, message) => {
    expect(() => readPlatformKeys(text)).toThrow(message);
    expect(() => readPlatformKeys(text)).toThrow(
      expect.objectContaining({ code: "PH_SIGNING_KEYS_INVALID" }),
    );
  });
});

describe("a signature is refused", () => {
  test.each<[string, object, RegExp]>([
    ["by RSA with a secret", { algorithm: "rsa-sha256", secret: "main" }, /platform's key, not/],
    ["as a JWT by SHA-1", { algorithm: "hmac-sha1", jwt: { claims: "{body}" } }, /by hmac-sha1/],
    ["with content and JWT", { content: "{body}", jwt: { claims: "{body}" } }, /content and jwt/],
    ["as a JWT without the body", { jwt: { claims: { id: "{event.id}" } } }, /not cover the body/],
  ])("%s", (_name, signature, message) => {
    expect(() => signedBy(signature as { algorithm: SignatureAlgorithm })).toThrow(message);
  });
});

test("a JWT by HMAC with the endpoint's secret has no key id", async () => {
  const contract = signedBy({ jwt: { claims: { sha256: "{body.sha256.base64}" } } });
  const { headers } = contract.render(
    attempt,
    keysOf(contract, ["a secret of 32 characters, 1234"]),
  );
  const { protectedHeader } = await jwtVerify(
    byName(headers)["x-a"] ?? "",
    Buffer.from("a secret of 32 characters, 1234"),
  );
  expect(protectedHeader).toEqual({ alg: "HS256", typ: "JWT" });
});
