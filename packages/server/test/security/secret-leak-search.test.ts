/**
 * Tests the search for leaked secrets. If the search missed a canary, all tests that use it would
 * prove nothing.
 */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canaryText, searchFor, type Canary } from "../support/secret-leak-search.ts";

const secret: Canary = { name: "secret", value: `whsec_${canaryText(32)}` };
const token: Canary = { name: "token", value: canaryText(40) };
const key: Canary = { name: "key", value: randomBytes(32).toString("base64") };
const search = searchFor([secret, token, key]);

const namesIn = (text: string): readonly string[] => [
  ...new Set(search("somewhere", text).map(({ canary }) => canary)),
];
const around = (text: string): string => `{"level":"info","text":"${text}","at":1}`;
const bytesOf = ({ value }: Canary): Buffer => Buffer.from(value.replace("whsec_", ""), "base64");
const numbers = (bytes: Buffer): string => JSON.stringify(bytes.toJSON());

describe.each([secret, token, key])("a planted $name is found", ({ name, value }) => {
  test.each<[string, string]>([
    ["plain", value],
    ["in capitals", value.toUpperCase()],
    ["cut off", value.slice(0, Math.floor(value.length / 2) + 8)],
    ["with stars in place of its beginning", `****${value.slice(-16)}`],
    ["in base64", Buffer.from(value).toString("base64")],
    ["in base64 of longer text", Buffer.from(`a${value}b`).toString("base64")],
    ["in base64 of text two longer", Buffer.from(`ab${value}`).toString("base64")],
    ["in base64url", Buffer.from(value).toString("base64url")],
    ["in hex", Buffer.from(value).toString("hex")],
    ["in a bytea's hex, in capitals", `\\x${Buffer.from(value).toString("hex").toUpperCase()}`],
    ["percent-encoded", Buffer.from(value).toString("hex").replaceAll(/../g, "%$&")],
    ["encoded for a query", encodeURIComponent(value)],
    ["as a Buffer in JSON", numbers(Buffer.from(value))],
  ])("%s", (_form, written) => {
    expect(namesIn(around(written))).toEqual([name]);
  });
});

test.each([secret, key])("a $name is found by its bytes, too", (canary) => {
  expect(namesIn(around(bytesOf(canary).toString("hex")))).toEqual([canary.name]);
  expect(namesIn(around(bytesOf(canary).toString("base64url")))).toEqual([canary.name]);
  expect(namesIn(around(numbers(bytesOf(canary))))).toEqual([canary.name]);
});

test("text without a canary is not found", () => {
  expect(namesIn(around(canaryText(64)))).toEqual([]);
  expect(namesIn(around(token.value.slice(0, 8)))).toEqual([]);
});
