import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";
import {
  cdaScheme,
  compileScheme,
  computeSignature,
  prepareKey,
  SignatureError,
  standardScheme,
  type SignatureScheme,
} from "./index.ts";

const specSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const specParts = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1614265330 };

describe("published vectors of the standard scheme", () => {
  const vectors = [
    {
      name: "the specification's libraries",
      secret: specSecret,
      parts: { ...specParts, body: '{"test": 2432232314}' },
      signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    {
      name: "the Rust library",
      secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
      parts: {
        id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        timestamp: 1649367553,
        body: '{"email":"test@example.com","username":"test_user"}',
      },
      signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    },
    {
      name: "text beyond ASCII",
      secret: specSecret,
      parts: { ...specParts, body: '{"name":"Zoë ☃"}' },
      signature: "v1,fxIoYCaz805IVmdncaJkBJZbXQ4e53xyvLXsMd6ezPA=",
    },
    {
      name: "an empty body",
      secret: specSecret,
      parts: { ...specParts, body: "" },
      signature: "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=",
    },
    {
      name: "Svix's documentation",
      secret: "whsec_plJ3nmyCDGBKInavdOK15jsl",
      parts: {
        id: "msg_loFOjxBNrRLzqYUf",
        timestamp: 1731705121,
        body: '{"event_type":"ping","data":{"success":true}}',
      },
      signature: "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    },
  ];

  test.each(vectors)("$name", ({ secret, parts, signature }) => {
    expect(computeSignature(standardScheme, secret, parts)).toBe(signature);
  });

  test.each(vectors)("$name, body as bytes, secret without its prefix", (vector) => {
    const parts = { ...vector.parts, body: Buffer.from(vector.parts.body, "utf8") };
    const secret = vector.secret.slice("whsec_".length);
    expect(computeSignature(standardScheme, secret, parts)).toBe(vector.signature);
  });
});

describe("the same signature as the official packages, for any input", () => {
  const input = {
    key: fc.uint8Array({ minLength: 1, maxLength: 80 }),
    id: fc.stringMatching(/^[\w-]{1,40}$/),
    timestamp: fc.integer({ min: 0, max: 4_000_000_000 }),
    body: fc.string({ unit: "grapheme", maxLength: 300 }),
  };

  test.each([
    ["standardwebhooks", StandardWebhook],
    ["svix", SvixWebhook],
  ])("%s", (_name, Webhook) => {
    fc.assert(
      fc.property(fc.record(input), ({ key, id, timestamp, body }) => {
        const secret = `whsec_${Buffer.from(key).toString("base64")}`;
        const official = new Webhook(secret).sign(id, new Date(timestamp * 1000), body);
        expect(computeSignature(standardScheme, secret, { id, timestamp, body })).toBe(official);
      }),
    );
  });
});

describe("the text scheme", () => {
  test("uses the secret's whole text as the key and signs only the body's bytes", () => {
    const body = '{"name":"Zoë ☃"}';
    const expected = createHmac("sha256", specSecret).update(body).digest("hex");
    expect(computeSignature(cdaScheme, specSecret, { ...specParts, body })).toBe(expected);
    const bytes = Buffer.from(body, "utf8");
    expect(computeSignature(cdaScheme, specSecret, { ...specParts, body: bytes })).toBe(expected);
  });

  test("signs bytes that are not UTF-8 as they are", () => {
    const body = Uint8Array.from([0xff, 0x00, 0xc3, 0x28]);
    const expected = createHmac("sha256", specSecret).update(body).digest("hex");
    expect(computeSignature(cdaScheme, specSecret, { ...specParts, body })).toBe(expected);
  });
});

describe("a header's value", () => {
  const parts = { ...specParts, body: "{}" };
  const keys = [prepareKey(specSecret), prepareKey("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")];

  test("in list form has one signature for each key, the current one first", () => {
    const compiled = compileScheme(standardScheme);
    expect(compiled.headerValue(keys, parts)).toBe(
      keys.map((key) => computeSignature(standardScheme, key, parts)).join(" "),
    );
  });

  test("in single form is made with the current key only", () => {
    const compiled = compileScheme(cdaScheme);
    expect(compiled.headerValue(keys, parts)).toBe(computeSignature(cdaScheme, specSecret, parts));
  });

  test("needs a key", () => {
    expect(() => compileScheme(standardScheme).headerValue([], parts)).toThrow(SignatureError);
  });
});

describe("a secret", () => {
  test.each(["", "whsec_", "whsec_not base64", "whsec_abc", "whsec_ab-_", "whsec_AAAA=AAA"])(
    "%j is rejected if base64 is needed",
    (secret) => {
      expect(() => prepareKey(secret, ["base64-after-prefix"])).toThrow(
        expect.objectContaining({ code: "secret_invalid" }),
      );
    },
  );

  test("that is empty is rejected as text", () => {
    expect(() => prepareKey("", ["text"])).toThrow(
      expect.objectContaining({ code: "secret_invalid" }),
    );
  });

  test("that is not base64 is still a key for the text scheme", () => {
    const signature = computeSignature(cdaScheme, "plain words", { ...specParts, body: "{}" });
    expect(signature).toBe(createHmac("sha256", "plain words").update("{}").digest("hex"));
  });

  test("does not show in a prepared key, and not in an error", () => {
    const key = prepareKey("whsec_AAAcanaryAAA", ["text", "base64-after-prefix"]);
    expect(inspect(key, { depth: null, showHidden: true })).not.toContain("canary");
    expect(JSON.stringify(key)).not.toContain("canary");
    const refused = (): unknown => prepareKey("whsec_canary!", ["base64-after-prefix"]);
    expect(refused).toThrow(SignatureError);
    expect(refused).not.toThrow(/canary/);
  });
});

describe("a malformed scheme is rejected", () => {
  const cases: readonly (readonly [Partial<SignatureScheme>, RegExp])[] = [
    [{ content: "{id}.{stamp}.{body}" }, /placeholder \{stamp\}/],
    [{ content: "{id}.{timestamp}" }, /leaves out \{body\}/],
    [{ content: "{body" }, /brace/],
    [{ form: "v1" }, /\{signature\} once/],
    [{ form: "{signature}{signature}" }, /\{signature\} once/],
    [{ form: "v1, {signature}" }, /space/],
  ];
  test.each(cases)("%j", (change, message) => {
    expect(() => compileScheme({ ...standardScheme, ...change })).toThrow(message);
  });
});
