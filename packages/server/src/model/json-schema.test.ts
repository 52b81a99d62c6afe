import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema } from "./json-schema.ts";

const schemaOf = (multipleOf: number) =>
  compileSchema({ properties: { price: { type: "number", multipleOf } } });

describe("multipleOf", () => {
  test.each([
    [0.01, "19.99"],
    [0.01, "1.15"],
    [0.01, "4.35"],
    [0.01, "-19.99"],
    [0.01, "0.00"],
    [0.01, "1e2"],
    [0.01, "1.1500"],
    [0.01, "12345678901234567.89"],
    [0.01, "90071992547409931234567890.12"],
    [0.1, "0.3"],
    [1e-7, "0.0000003"],
    [1e-7, "3e-7"],
    [1e-7, "1e300"],
    [3, "9007199254740993"],
    [2.5, "1e400"],
    [2, "1e99999999999999999999"],
    [1e300, "3e300"],
  ])("%d takes %s", (step, text) => {
    expect(schemaOf(step).explain(`{"price":${text}}`)).toBeNull();
  });

  test.each([
    [0.01, "19.999"],
    [0.01, "1e-3"],
    [0.01, "12345678901234567.895"],
    [0.1, "0.30000000000000004"],
    [1e-7, "1e-8"],
    [2, "9007199254740993"],
    [3, "1e400"],
    [7, "1e99999999999999999999"],
  ])("%d refuses %s", (step, text) => {
    const explained = schemaOf(step).explain(`{"price":${text}}`);
    expect(explained).toBe(`data/price must be multiple of ${step}`);
  });

  test("holds at every place, also of names that need an escape and of repeated names", () => {
    const schema = compileSchema({
      type: "object",
      additionalProperties: { $ref: "#/$defs/any" },
      $defs: {
        any: {
          multipleOf: 3,
          items: { $ref: "#/$defs/any" },
          additionalProperties: { $ref: "#/$defs/any" },
        },
      },
    });
    const long = "9007199254740993";
    expect(
      schema.explain(`{"a/b~":[1.5e1,{"\\u0063":${long}}],"d":"\\"1","d":${long}}`),
    ).toBeNull();
    expect(schema.explain(`{"a/b~":[3,{"c":${long}0, "c":${long}1}]}`)).toBe(
      "data/a~1b~0/1/c must be multiple of 3",
    );
    expect(compileSchema({ multipleOf: 3 }).explain(long)).toBeNull();
  });

  test("is exact for any decimal step and number", () => {
    const decimal = (digits: bigint, places: number): string => {
      const sign = digits < 0n ? "-" : "";
      const text = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
      const at = text.length - places;
      return sign + (places === 0 ? text : `${text.slice(0, at)}.${text.slice(at)}`);
    };
    const steps = fc.tuple(fc.bigInt(1n, 9_999n), fc.integer({ min: 0, max: 9 }));
    const property = fc.property(
      steps,
      fc.bigInt(-(10n ** 20n), 10n ** 20n),
      fc.bigInt(0n, 9_998n),
      ([unit, places], factor, rest) => {
        const step = Number(decimal(unit, places));
        const value = decimal(unit * factor + (rest % unit), places);
        const isMultiple = rest % unit === 0n;
        expect(schemaOf(step).explain(`{"price":${value}}`) === null).toBe(isMultiple);
      },
    );
    fc.assert(property, { numRuns: 60 });
  });
});
