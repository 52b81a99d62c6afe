import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createSecretBox, sealNonceBytes } from "./secret-box.ts";

const key = () => randomBytes(32).toString("base64");
const seal = (box: ReturnType<typeof createSecretBox>, text: string) =>
  box.seal(text, randomBytes(sealNonceBytes));

test("what is sealed can be opened, and does not show", () => {
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

test("another key is named in the refusal, and opens nothing", () => {
  const [one, two] = [createSecretBox(key()), createSecretBox(key())];
  const sealed = seal(one, "secret");
  expect(() => two.open(sealed)).toThrow(one.keyId);
  expect(() => two.open(sealed.replace(one.keyId, two.keyId))).toThrow("authenticate");
});

test("a changed value is refused", () => {
  const box = createSecretBox(key());
  const sealed = seal(box, "secret");
  // Not the last character: of that, some bits stand for nothing.
  const changed = sealed.slice(0, -2) + (sealed.at(-2) === "A" ? "B" : "A") + sealed.slice(-1);
  expect(() => box.open(changed)).toThrow("authenticate");
});

test.each(["", "short", randomBytes(31).toString("base64"), randomBytes(33).toString("base64")])(
  "a key of another length than 32 bytes is refused: %j",
  (wrong) => {
    expect(() => createSecretBox(wrong)).toThrow("must be 32");
  },
);
