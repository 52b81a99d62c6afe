import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSameJson } from "./json-value.ts";

describe("equal values", () => {
  test.each([
    ['{"a":1,"b":[true,null]}', ' { "b" : [ true , null ] ,\n\t"a" : 1 }\r'],
    ["1", "1.0"],
    ["1", "1e0"],
    ["100", "1E+2"],
    ["0.001", "1e-3"],
    ["-0", "0.00e7"],
    ["12345678901234567890.1", "12345678901234567890.10"],
    ['"\\u00e9\\/"', '"é/"'],
    ['"\\u0000"', '"\\u0000"'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"a":1,"\\u0061":2}', '{"a":2.0}'],
    ['{"__proto__":{"x":1}}', '{ "__proto__": { "x": 1 } }'],
  ])("%s and %s", (one, other) => {
    expect(isSameJson(one, other)).toBe(true);
  });
});

describe("different values", () => {
  test.each([
    ["12345678901234567890.1", "12345678901234567890.10001"],
    ["9007199254740993", "9007199254740992"],
    ["1e400", "1e401"],
    ["1", "-1"],
    ["1", '"1"'],
    ["null", '"null"'],
    ["[]", "{}"],
    ["[1,2]", "[2,1]"],
    ["[[1],2]", "[[1,2]]"],
    ['{"a":1,"a":2}', '{"a":1}'],
    ['{"a":null}', "{}"],
    ['{"a,b":1}', '{"a":1,"b":1}'],
    ['"\\u0000"', '"\\ufffd"'],
    ['"\\ud800"', '"\\ufffd"'],
    ['"a"', '"A"'],
  ])("%s and %s", (one, other) => {
    expect(isSameJson(one, other)).toBe(false);
  });
});

test.each([
  ["zeros", `1${"0".repeat(260_000)}1`],
  ["digits", "9".repeat(260_000)],
  ["a fraction", `0.${"0".repeat(260_000)}1`],
  ["an exponent", `1e${"9".repeat(260_000)}`],
])("a number that fills an event takes linear time: %s", (_, number) => {
  const text = JSON.stringify("x".repeat(number.length));
  const startMs = performance.now();
  for (let times = 0; times < 20; times += 1) isSameJson(text, ` ${text}`);
  const baseMs = performance.now() - startMs;
  expect(isSameJson(number, ` ${number}`)).toBe(true);
  expect(performance.now() - startMs - baseMs).toBeLessThan(500 + 100 * baseMs);
});

/** Writes a value in a random spelling. */
function respelled(value: unknown, pick: () => number): string {
  const space = (): string => ["", " ", "\n", "\t \r"][pick() % 4] ?? "";
  if (Array.isArray(value)) {
    return `[${space()}${value.map((each) => respelled(each, pick)).join(`${space()},${space()}`)}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, each]) => ({ name, each, at: pick() }));
    const texts = members
      .toSorted((a, b) => a.at - b.at)
      .map(({ name, each }) => `${spelledText(name, pick)}${space()}:${respelled(each, pick)}`);
    return `{${space()}${texts.join(",")}${space()}}`;
  }
  if (typeof value === "string") return spelledText(value, pick);
  if (typeof value === "number" && Number.isSafeInteger(value)) {
    const text = BigInt(value).toString();
    return [text, `${text}.0`, `${text}e0`, `${text}00E-2`][pick() % 4] ?? text;
  }
  return JSON.stringify(value);
}

function spelledText(text: string, pick: () => number): string {
  const escaped = [...Array(text.length).keys()].map((at) => {
    const code = text.charCodeAt(at).toString(16).padStart(4, "0");
    return pick() % 2 === 0 ? `\\u${code}` : JSON.stringify(text[at]).slice(1, -1);
  });
  return `"${escaped.join("")}"`;
}

test("any value equals itself in any spelling, and no other value", () => {
  const spelling = fc.infiniteStream(fc.nat(1_000));
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), spelling, (value, other, stream) => {
      const pick = (): number => stream.next().value as number;
      expect(isSameJson(JSON.stringify(value), respelled(value, pick))).toBe(true);
      const isEqual = isSameJson(JSON.stringify(value), JSON.stringify(other));
      expect(isEqual).toBe(JSON.stringify(sorted(value)) === JSON.stringify(sorted(other)));
    }),
  );
});

/** The value with the names of its objects in order, and without -0. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => sorted(each));
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { members: members.map(([name, each]) => [name, sorted(each)]) };
}
