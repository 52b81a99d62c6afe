import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../../errors/catalogue.ts";
import { appliedPreferences, parsePrefer } from "./prefer.ts";

const applied = (header: string | undefined) => appliedPreferences(parsePrefer(header));

describe("Prefer", () => {
  test.each([
    [undefined, null],
    ["", null],
    ["return=representation", "return=representation"],
    ["return=minimal, return=representation", "return=minimal"],
    ["count=exact,return=headers-only", "return=headers-only, count=exact"],
    [" count=planned ,, resolution=merge-duplicates", "resolution=merge-duplicates, count=planned"],
    ["missing=default,tx=rollback", "missing=default, tx=rollback"],
    ["count=none", null],
    ["Return=representation", null],
    ["return=Representation", null],
    ["return=representation=x", null],
    ["return", null],
    ["respond-async, handling=lenient", "handling=lenient"],
    ["max-affected=3", null],
    ["handling=strict, max-affected=3", "handling=strict, max-affected=3"],
    ["handling=lenient, max-affected=3", "handling=lenient"],
    ["__proto__=x, constructor=y", null],
  ])("%s applies %s", (header, expected) => {
    expect(applied(header)).toBe(expected);
  });

  test.each([
    ["handling=strict, count=none", "Invalid preferences: count=none"],
    ["anything, handling=strict, b=c", "Invalid preferences: anything, b=c"],
    ["handling=strict, max-affected=-1", "Invalid preferences: max-affected=-1"],
  ])("%s is PGRST122", (header, details) => {
    expect(() => parsePrefer(header)).toThrow(
      expect.objectContaining({ code: "PGRST122", details }),
    );
  });

  test("no header throws anything but PosthornError", () => {
    const token = fc.oneof(
      fc.constantFrom(
        "handling=strict",
        "return=minimal",
        "count=exact",
        "=",
        ",",
        "max-affected=",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        try {
          parsePrefer(tokens.join(","));
        } catch (error) {
          expect(error).toBeInstanceOf(PosthornError);
        }
      }),
    );
  });
});

test("a header is parsed independently of earlier ones, and rejected each time", () => {
  const [minimal, exact] = ["return=minimal", "count=exact"];
  expect([minimal, exact, minimal].map((header) => applied(header))).toEqual([
    minimal,
    exact,
    minimal,
  ]);
  for (let time = 0; time < 2; time += 1) {
    expect(() => parsePrefer("handling=strict, nonsense")).toThrow("preferences");
  }
});
