import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { elementTexts, isDeeperThan, memberTexts, standingAlone } from "./json-text.ts";

describe("the texts of JSON's parts", () => {
  test("a stored part does not keep the whole text in memory", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const keep = (copied: (part: string) => string): number => {
      collect();
      const before = process.memoryUsage().heapUsed;
      const parts = Array.from({ length: 100 }, (_, index) => {
        const whole = Buffer.from(
          `{"data":"kept as it is: ${index}, ä","rest":"${"x".repeat(100_000)}"}`,
        );
        return copied(memberTexts(whole.toString()).get("data") ?? "");
      });
      collect();
      const kept = process.memoryUsage().heapUsed - before;
      expect(parts[7]).toBe('"kept as it is: 7, ä"');
      return kept;
    };
    expect(keep((part) => part)).toBeGreaterThan(10_000_000);
    expect(keep(standingAlone)).toBeLessThan(2_000_000);
  });

  test.each([
    ["[]", []],
    [" [ ] ", []],
    ["[1]", ["1"]],
    ["[1.10, -2e+3 ,null\n]", ["1.10", "-2e+3", "null"]],
    ['["]", "a,b", "\\"]\\\\", {"a": ["}"]}]', ['"]"', '"a,b"', '"\\"]\\\\"', '{"a": ["}"]}']],
    ["[[],[[]],{}]", ["[]", "[[]]", "{}"]],
    ["[12345678901234567890]", ["12345678901234567890"]],
  ])("elements of %s", (text, expected) => {
    expect(elementTexts(text)).toEqual(expected);
  });

  test.each([
    ["{}", []],
    ["\n{ }", []],
    ['{"a":1}', [["a", "1"]]],
    [
      '{ "a" : { "b" : [ 1 , 2 ] } , "c":"d" }',
      [
        ["a", '{ "b" : [ 1 , 2 ] }'],
        ["c", '"d"'],
      ],
    ],
    [
      '{"a":1,"b":2,"a":3.0}',
      [
        ["a", "3.0"],
        ["b", "2"],
      ],
    ],
    [
      '{"\\u0061":true,"\\"":"}"}',
      [
        ["a", "true"],
        ['"', '"}"'],
      ],
    ],
    [
      '{"__proto__":{"x":1},"":0}',
      [
        ["__proto__", '{"x":1}'],
        ["", "0"],
      ],
    ],
  ])("members of %s", (text, expected) => {
    expect([...memberTexts(text)]).toEqual(expected);
  });

  /** Writes JSON with whitespace at every place where it is allowed. */
  const spaced = (value: unknown, space: string): string => {
    if (Array.isArray(value)) {
      return `[${space}${value.map((each) => spaced(each, space)).join(`${space},${space}`)}${space}]`;
    }
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const members = Object.entries(value).map(
      ([name, each]) => `${JSON.stringify(name)}${space}:${space}${spaced(each, space)}`,
    );
    return `{${space}${members.join(`${space},${space}`)}${space}}`;
  };
  const spaces = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

  test("each text parses to the element that JSON.parse finds there", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), spaces, (value, space) => {
        const text = space + spaced(value, space) + space;
        const texts = elementTexts(text);
        expect(texts.map((each) => JSON.parse(each) as unknown)).toEqual(JSON.parse(text));
        for (const each of texts) expect(each).toBe(each.trim());
      }),
    );
  });

  test("each text parses to the member that JSON.parse finds there, also for a repeated name", () => {
    const name = fc.oneof(fc.constantFrom("a", "b", "\u00e9", '"', "\\"), fc.string());
    const pairs = fc.array(fc.tuple(name, fc.jsonValue()));
    fc.assert(
      fc.property(pairs, spaces, (members, space) => {
        const text = `{${members
          .map(([key, value]) => `${space}${JSON.stringify(key)}${space}:${spaced(value, space)}`)
          .join(",")}${space}}`;
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const texts = memberTexts(text);
        expect([...texts.keys()].toSorted()).toEqual(Object.keys(parsed).toSorted());
        for (const [key, each] of texts) expect(JSON.parse(each)).toEqual(parsed[key]);
      }),
    );
  });
});

describe("how deep JSON nests", () => {
  test.each([
    ["", 0],
    ['"[[["', 0],
    ['{"\\"[":"\\\\"}', 1],
    ["[[],[],{}]", 2],
    ['{"a":[{"b":"]]]"},[[]]]}', 4],
  ])("%s: %i", (text, depth) => {
    expect(isDeeperThan(text, depth)).toBe(false);
    expect(depth === 0 || isDeeperThan(text, depth - 1)).toBe(true);
  });

  test("is found for any text", () => {
    fc.assert(fc.property(fc.string(), (text) => !isDeeperThan(text, text.length)));
  });
});
