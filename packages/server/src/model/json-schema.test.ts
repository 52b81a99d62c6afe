import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { CheckTooLongError, compileSchema } from "./json-schema.ts";

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
  ])("%d accepts %s", (step, text) => {
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
  ])("%d rejects %s", (step, text) => {
    const explained = schemaOf(step).explain(`{"price":${text}}`);
    expect(explained).toBe(`data/price must be multiple of ${step}`);
  });

  test("applies at every place, also under escaped and repeated names", () => {
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

describe("uniqueItems", () => {
  const unique = compileSchema({ properties: { list: { uniqueItems: true } } });
  const explain = (list: string): string | null => unique.explain(`{"list":${list}}`);

  test.each([
    "[]",
    '[1,"1",true,null,[],{},[1],{"a":1}]',
    "[9007199254740993,9007199254740992]",
    "[0.10000000000000000001,0.1]",
    "[1,-1]",
    '[{"a":1,"b":2},{"a":2,"b":1}]',
    '["a","A"]',
    "[[1,2],[2,1]]",
    '["[1]",[1]]',
  ])("accepts %s", (list) => {
    expect(explain(list)).toBeNull();
  });

  test.each([
    "[1,1.0]",
    "[10,1e1]",
    "[0,-0]",
    "[0.0,0e5]",
    "[9007199254740993,9007199254740993.0]",
    '["\\u0061","a"]',
    '[{"a":1,"b":2},{"b":2,"a":1}]',
    '[[{"x":[1]}],[{"x":[1]}]]',
    "[null,null]",
  ])("rejects %s", (list) => {
    expect(explain(list)).toBe("data/list must NOT have duplicate items");
  });

  test("takes linear time, not quadratic", () => {
    const items = Array.from({ length: 12_000 }, (_, n) => `{"a":${n}}`);
    const startMs = performance.now();
    expect(explain(`[${items.join()}]`)).toBeNull();
    // Comparing every pair took 13 s.
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test("so does multipleOf for as many numbers", () => {
    const cents = compileSchema({ items: { multipleOf: 0.01 } });
    const numbers = Array.from({ length: 20_000 }, (_, n) => `${n}.55`);
    const startMs = performance.now();
    expect(cents.explain(`[${numbers.join()}]`)).toBeNull();
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

describe("a check that takes too long", () => {
  const tree = {
    $defs: {
      node: { anyOf: ["a", "b"].map((x) => ({ properties: { [x]: { $ref: "#/$defs/node" } } })) },
    },
    allOf: [{ $ref: "#/$defs/node" }],
  };

  test.each<[string, object, string]>([
    ["a pattern", { pattern: String.raw`^(\w+\s?)*$` }, JSON.stringify(`${"a".repeat(60)}!`)],
    [
      "a pattern of names",
      { patternProperties: { [String.raw`^(\w+\s?)*$`]: false } },
      JSON.stringify({ [`${"a".repeat(60)}!`]: 1 }),
    ],
  ])("is stopped: %s", (_name, schema, data) => {
    const compiled = compileSchema(schema);
    expect(compiled.canTakeLong).toBe(true);
    const startMs = performance.now();
    expect(() => compiled.explain(data)).toThrow(CheckTooLongError);
    expect(performance.now() - startMs).toBeLessThan(20 * limits.schemaCheckMs);
    // The next check works as usual.
    expect(compiled.explain('"short"')).toBeNull();
  });

  test("has a timeout only if the schema can be slow", () => {
    expect(compileSchema(tree).canTakeLong).toBe(true);
    expect(compileSchema({ properties: { at: { format: "date-time" } } }).canTakeLong).toBe(false);
    expect(compileSchema({ properties: { at: { format: "email" } } }).canTakeLong).toBe(true);
    expect(compileSchema({ enum: ["a"], items: { uniqueItems: true } }).canTakeLong).toBe(false);
  });
});
