import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { CheckTooLongError, compileSchema, storedSchema } from "./json-schema.ts";

/** Returns the lowest CPU time of several runs, which other load on the machine affects least. */
function leastMs(run: () => void): number {
  const runsMs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...runsMs);
}

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
    const checkMs = (count: number): number => {
      const list = `[${Array.from({ length: count }, (_, n) => `{"a":${n}}`).join()}]`;
      return leastMs(() => expect(explain(list)).toBeNull());
    };
    // If every pair were compared, 16 times as many items would take 256 times as long.
    expect(checkMs(12_000)).toBeLessThan(100 * checkMs(750));
  });

  test("multipleOf takes linear time for as many numbers", () => {
    const cents = compileSchema({ items: { multipleOf: 0.01 } });
    const checkMs = (count: number): number => {
      const list = `[${Array.from({ length: count }, (_, n) => `${n}.55`).join()}]`;
      return leastMs(() => expect(cents.explain(list)).toBeNull());
    };
    expect(checkMs(20_000)).toBeLessThan(100 * checkMs(1_250));
  });
});

describe("a schema", () => {
  const draft07Address = "http://json-schema.org/draft-07/schema#";

  test.each<[string, object]>([
    ["an unknown type", { type: "text" }],
    ["an unknown type of draft 07", { $schema: draft07Address, type: "text" }],
    ["an unknown draft", { $schema: "https://example.com/draft" }],
    ["a reference to another document", { $ref: "https://example.com/schema" }],
    ["a pattern that is no expression", { pattern: "(" }],
    ["a repeated required member", { required: ["a", "a"] }],
  ])("with %s is rejected", (_what, schema) => {
    expect(() => compileSchema(schema)).toThrow(
      expect.objectContaining({ code: "PH_SCHEMA_INVALID" }),
    );
  });

  test.each(["https://json-schema.org/draft/2020-12/schema", draft07Address])(
    "may name %s, and keep its $id in its next version",
    ($schema) => {
      for (const type of ["string", "number"]) {
        const compiled = compileSchema({ $schema, $id: "https://example.com/item", type });
        expect([compiled.explain('"a"'), compiled.explain("1")]).toEqual(
          type === "string" ? [null, "data must be string"] : ["data must be number", null],
        );
      }
    },
  );
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
    // After a timeout, the next check works as usual.
    const next = (): string | null => {
      try {
        return compiled.explain('"short"');
      } catch (error) {
        // A busy machine may not run this process for the whole time.
        expect(error).toBeInstanceOf(CheckTooLongError);
        return "late";
      }
    };
    let result = next();
    for (let tries = 1; result === "late" && tries < 10; tries += 1) result = next();
    expect(result).toBeNull();
  });

  test("has a timeout only if the schema can be slow", () => {
    expect(compileSchema(tree).canTakeLong).toBe(true);
    expect(compileSchema({ properties: { at: { format: "date-time" } } }).canTakeLong).toBe(false);
    expect(compileSchema({ properties: { at: { format: "email" } } }).canTakeLong).toBe(true);
    expect(compileSchema({ enum: ["a"], items: { uniqueItems: true } }).canTakeLong).toBe(false);
  });
});

test("a stored schema is compiled at its first check, and checks like a new one", () => {
  const broken = storedSchema('{ "type": "no type" }');
  expect(() => broken.explain("{}")).toThrow(
    expect.objectContaining({ code: "PH_SCHEMA_INVALID" }),
  );
  const schema = { properties: { id: { type: "string", pattern: "^s" } } };
  const stored = storedSchema(JSON.stringify(schema));
  for (const json of ['{"id":"scan"}', '{"id":"no"}', '{"id":1}', "{}"]) {
    expect(stored.explain(json)).toBe(compileSchema(schema).explain(json));
  }
  expect(stored.canTakeLong).toBe(true);
});
