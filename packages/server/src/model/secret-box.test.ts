import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createSecretBox, sealNonceBytes } from "./secret-box.ts";

const key = () => randomBytes(32).toString("base64");
const seal = (box: ReturnType<typeof createSecretBox>, text: string) =>
  box.seal(text, randomBytes(sealNonceBytes));

test("a sealed value can be opened, and reveals nothing", () => {
  const box = createSecretBox(key());
  const sealed = seal(box, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
  expect(sealed).toMatch(new RegExp(`^v1\\.${box.keyId}\\.[A-Za-z0-9_-]+$`));
  expect(sealed).not.toContain("C2FVsBQIhrsc");
  expect(box.open(sealed)).toBe("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
});

test("the same secret sealed twice differs", () => {
  const box = createSecretBox(key());
  expect(seal(box, "secret")).not.toBe(seal(box, "secret"));
});

test("another key opens nothing, and the error names the missing key", () => {
  const [one, two] = [createSecretBox(key()), createSecretBox(key())];
  const sealed = seal(one, "secret");
  expect(() => two.open(sealed)).toThrow(one.keyId);
  expect(() => two.open(sealed.replace(one.keyId, two.keyId))).toThrow("authenticate");
});

test("a changed value is rejected", () => {
  const box = createSecretBox(key());
  const sealed = seal(box, "secret");
  // Changes the last character but one, because some bits of the last one have no meaning.
  const changed = sealed.slice(0, -2) + (sealed.at(-2) === "A" ? "B" : "A") + sealed.slice(-1);
  expect(() => box.open(changed)).toThrow("authenticate");
});

test.each(["", "short", randomBytes(31).toString("base64"), randomBytes(33).toString("base64")])(
  "a key of another length than 32 bytes is rejected: %j",
  (wrong) => {
    expect(() => createSecretBox(wrong)).toThrow("must be 32");
  },
);
