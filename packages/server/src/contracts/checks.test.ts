import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ContractSignature } from "./contract.ts";
import {
  attempt,
  byName,
  changed,
  event,
  keysOf,
  renderBy,
  signedBy,
} from "./testing/rendering.ts";

test.each(["base64", "hex", "base64url", "sha256.hex"])(
  "a header with {body.%s} does not show the secret that the body contains",
  (suffix) => {
    const contract = changed({
      headers: { "x-body": `{body.${suffix}}`, "x-a": "{signature.a}" },
      body: { token: "{secret}" },
      signatures: { a: {} },
    });
    const keys = keysOf(contract, ["user:password"]);
    const sent = byName(contract.render(attempt, keys).headers);
    const shown = contract.show(attempt, keys);
    expect(shown.redacted).toEqual(["x-body", "body"]);
    expect(byName(shown.headers)["x-body"]).not.toBe(sent["x-body"]);
    expect(byName(shown.headers)["x-a"]).toBe(sent["x-a"]);
  },
);

describe("a generated secret signs at once", () => {
  const bytes = (count: number): Uint8Array => randomBytes(count);
  test.each<[string, ContractSignature]>([
    ["a key in hex", { key: "hex" }],
    ["a key in hex after a prefix", { key: "hex", keyPrefix: "key_" }],
    ["a key in base64", { key: "base64" }],
    ["an Ed25519 key", { algorithm: "ed25519", secret: "main", key: "base64", keyPrefix: "whsk_" }],
    ["text", {}],
  ])("as %s", (_name, signature) => {
    const contract = signedBy(signature);
    const generated = contract.newSecret("main", bytes);
    expect(contract.checkSecret("main", generated)).toEqual({ problem: null, warning: null });
    expect(generated.startsWith(signature.keyPrefix ?? "")).toBe(true);
    expect(renderBy(contract, [generated]).headers["x-a"]).toMatch(/^[0-9a-f]{64,}$/);
  });
});

describe("a secret that a header contains as it is", () => {
  test.each([" padded", "padded ", "ü", "日本"])("cannot be %j", (text) => {
    const inHeader = changed({ headers: { "x-token": "Bearer {secret}" }, signatures: {} });
    expect(inHeader.checkSecret("main", text).problem).toContain("a header contains it");
    const encoded = changed({ headers: { "x-token": "{secret.base64}" }, signatures: {} });
    expect(encoded.checkSecret("main", text).problem).toBeNull();
  });

  test("may contain spaces", () => {
    const inHeader = changed({ headers: { "x-token": "{secret.main}" }, signatures: {} });
    expect(inHeader.checkSecret("main", "two words").problem).toBeNull();
  });
});

test("a header from the data is sent, and signed, without the spaces that receivers strip", () => {
  const contract = signedBy(
    { content: "{header.x-b}|{header.x-c}|{body}" },
    { "x-b": "{event.data.a}", "x-c": "{event.id}" },
  );
  const padded = { ...event, externalId: " id ", dataJson: '{"a":"  a b "}' };
  const { body, headers } = renderBy(contract, ["s"], { event: padded });
  expect([headers["x-b"], headers["x-c"]]).toEqual(["a b", "id"]);
  const expected = createHmac("sha256", "s").update(`a b|id|${body}`).digest("hex");
  expect(headers["x-a"]).toBe(expected);
});

test("two Ed25519 signatures may read one secret in different ways", () => {
  const read = (key: "hex" | "text"): ContractSignature => ({
    algorithm: "ed25519",
    secret: "main",
    key,
  });
  const contract = changed({
    headers: { "x-a": "{signature.a}", "x-b": "{signature.b}" },
    signatures: { a: read("hex"), b: read("text") },
    secrets: { main: { generate: "hex" } },
  });
  const { headers } = renderBy(contract, ["ab".repeat(32)]);
  expect(headers["x-a"]).toMatch(/^[0-9a-f]{128}$/);
  expect(headers["x-b"]).not.toBe(headers["x-a"]);
});
