import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { checkSecretText, generateSecret, type KeyReading } from "./keys.ts";

const text: KeyReading = { form: "text", prefix: "" };
const hex: KeyReading = { form: "hex", prefix: "" };
const whsec: KeyReading = { form: "base64", prefix: "whsec_" };

describe("a secret", () => {
  test.each<[string, readonly KeyReading[], string]>([
    ["as text", [text], "any 'text' with ☃ and spaces, long enough"],
    ["of the most characters", [text], "a".repeat(limits.secretCharsMax)],
    ["as hex", [hex], "00ff".repeat(12)],
    ["without its prefix", [whsec], Buffer.alloc(24, 1).toString("base64")],
    ["of 75 bytes", [whsec], `whsec_${Buffer.alloc(75, 1).toString("base64")}`],
    ["for two signatures", [text, whsec], `whsec_${Buffer.alloc(24, 1).toString("base64")}`],
  ])("%s can be used without a warning", (_name, readings, secret) => {
    expect(checkSecretText(secret, { readings })).toEqual({ problem: null, warning: null });
  });

  test.each<[string, readonly KeyReading[], string, RegExp]>([
    ["nothing", [text], "", /1 to 512 printable characters/],
    ["too many characters", [text], "a".repeat(limits.secretCharsMax + 1), /1 to 512/],
    ["a line break", [text], "a\nb", /printable/],
    ["an invisible character", [text], "a\u200bb", /printable/],
    ["half a character", [text], "a\ud800", /printable/],
    ["hex that is none", [text, hex], "hunter2", /hex digits/],
    ["base64 that is none", [text, whsec], "not-a-secret", /base64/],
  ])("with %s is rejected", (_name, readings, secret, problem) => {
    const checked = checkSecretText(secret, { readings });
    expect(checked.problem).toMatch(problem);
    expect(secret !== "" && checked.problem?.includes(secret)).toBe(false);
  });

  test.each<[readonly KeyReading[], string, number]>([
    [[text], "hunter2", 7],
    [[text], "a".repeat(limits.secretBytesAdvised - 1), 23],
    [[whsec], "whsec_c2hvcnQ=", 5],
    [[text, hex], "00ff".repeat(6), 12],
  ])("that is short gives a warning: %j", (readings, secret, bytes) => {
    const { problem, warning } = checkSecretText(secret, { readings });
    expect(problem).toBeNull();
    expect(warning).toContain(`The secret has ${bytes} bytes.`);
  });

  test("of secretBytesAdvised bytes gives none, and one byte less does", () => {
    const warningOf = (bytes: number) =>
      checkSecretText("a".repeat(bytes), { readings: [text] }).warning;
    expect(warningOf(limits.secretBytesAdvised)).toBeNull();
    expect(warningOf(limits.secretBytesAdvised - 1)).toContain("Anyone can guess");
  });
});

describe("a generated secret", () => {
  const bytes = (count: number): Uint8Array => Buffer.alloc(count, 0xff);

  test.each([
    [{}, `whsec_${"/".repeat(42)}8=`],
    [{ generate: "hex", bytes: 16 }, "f".repeat(32)],
    [{ generate: "base64", prefix: "key_", bytes: 24 }, `key_${"/".repeat(32)}`],
    [{ generate: "base64url", bytes: 24 }, "_".repeat(32)],
    [{ generate: "uuid" }, "ffffffff-ffff-4fff-bfff-ffffffffffff"],
  ] as const)("of %j is %s", (form, secret) => {
    expect(generateSecret(form, bytes)).toBe(secret);
  });
});
