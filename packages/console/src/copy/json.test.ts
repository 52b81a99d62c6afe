import fc from "fast-check";
import { expect, test } from "vitest";
import { prettyJson } from "./json.ts";

test("looks like JSON.stringify with two spaces", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
    { numRuns: 300 },
  );
});

test("leaves numbers as they were written, and what is no JSON alone", () => {
  expect(prettyJson('{"id":12345678901234567890,"price":1.10}')).toBe(
    '{\n  "id": 12345678901234567890,\n  "price": 1.10\n}',
  );
  expect(prettyJson("<html> a  b")).toBe("<html> a  b");
});

test("takes 256 KiB at once", () => {
  const text = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => ({ index })));
  expect(JSON.parse(prettyJson(text))).toHaveLength(20_000);
});
