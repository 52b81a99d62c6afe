import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Contract, ContractSignature } from "./contract.ts";
import { attempt, byName, changed, keysOf } from "./testing/rendering.ts";

const signatures: Readonly<Record<string, ContractSignature>> = { a: { encoding: "base64" } };
const headers = { "x-signature-*": "v1={signature.a}" };
const hmac = (key: string, text: string): string =>
  `v1=${createHmac("sha256", key).update(text).digest("base64")}`;

test("each valid secret signs a header of its own", () => {
  const contract = changed({ headers, signatures });
  for (const secrets of [["one"], ["one", "two", "three"]]) {
    const keys = keysOf(contract, secrets);
    const { headers: sent, body } = contract.render(attempt, keys);
    const own = Object.entries(byName(sent)).filter(([name]) => name.startsWith("x-signature"));
    const expected = secrets.map((key, at) => [`x-signature-${at + 1}`, hmac(key, body)]);
    expect(own).toEqual(expected);
    expect(contract.show(attempt, keys).headers).toEqual(sent);
  }
});

test("they sign what was sent even if the body is shown without its secret", () => {
  const contract = changed({ headers, signatures, body: { token: "{secret}" } });
  const keys = keysOf(contract, ["one", "two"]);
  const sent = byName(contract.render(attempt, keys).headers);
  const shown = contract.show(attempt, keys);
  expect(shown.body).toContain("[redacted]");
  expect(byName(shown.headers)).toEqual(sent);
});

test("customers can set none of the numbered names, up to the one of the oldest secret", () => {
  const { headerNames } = changed({ headers, signatures });
  const own = headerNames.filter((name) => name.startsWith("x-signature-"));
  expect(own).toHaveLength(limits.oldSecretsMax + 1);
  expect(own.at(-1)).toBe(`x-signature-${limits.oldSecretsMax + 1}`);
});

test.each<[string, Pick<Contract, "headers"> & Partial<Contract>, string]>([
  ["without a signature", { headers: { "x-a-*": "{event.id}" } }, "/headers/x-a-\\* must contain"],
  [
    "with more than a signature",
    { headers: { "x-a-*": "{signature.a}{event.id}" } },
    "exactly one signature: {signature.a}",
  ],
  [
    "whose number another header has",
    { headers: { "x-a-*": "{signature.a}", "x-a-2": "{event.id}" } },
    "/headers/x-a-\\* also sets the header x-a-2",
  ],
  [
    "with all signatures in one value",
    { headers: { "x-a-*": "{signature.a}" }, signatures: { a: { separator: "," } } },
    "/signatures/a must have no separator",
  ],
  [
    "signed by the platform's key",
    { headers: { "x-a-*": "{signature.a}" }, signatures: { a: { algorithm: "ed25519" } } },
    "/signatures/a is by the platform's key",
  ],
  [
    "that a signature covers",
    {
      headers: { "x-a-*": "{signature.a}", "x-b": "{signature.b}" },
      signatures: { a: {}, b: { content: "{header.x-a-*}{body}" } },
    },
    "{header.x-a-\\*} is not a value",
  ],
])("a numbered header %s is refused", (_name, change, message) => {
  expect(() => changed({ signatures, ...change })).toThrow(new RegExp(message));
});
