import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonMembers, JsonPaths } from "./json-path.ts";

function valueAt(json: string, path: readonly string[]): string | null {
  const paths = new JsonPaths();
  return paths.at(paths.add(path), {}, json);
}

describe("a path finds", () => {
  test.each<[string, string, string | null]>([
    ["a", ' { "a" : 1.50 , "b":2}', "1.50"],
    ["a.b.1", '{"a":{"b":[ 1 , {"c":"]}"} ]}}', '{"c":"]}"}'],
    ["a", '{"a":1,"a":"\\\\"}', '"\\\\"'],
    ["a.b", '{"a":{"b":1},"a":{"c":2}}', null],
    ["a.b", '{"a":{"b":1},"a":3}', null],
    ["a", '{"\\u0061":"\\"}"}', '"\\"}"'],
    ["0", "[[], 2]", "[]"],
    ["a", "{}", null],
    ["0", "[]", null],
    ["a", '"a"', null],
    ["a", "12", null],
  ])("%s in %s: %s", (path, json, value) => {
    expect(valueAt(json, path.split("."))).toBe(value);
  });

  test("what JSON.parse finds, in any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (inner, spaces) => {
        const json = JSON.stringify({ x: [inner, { y: inner }], z: inner }, null, spaces);
        const read = (path: string[]): unknown => JSON.parse(valueAt(json, path) ?? "") as unknown;
        const expected = JSON.parse(JSON.stringify(inner)) as unknown;
        for (const path of [["x", "0"], ["x", "1", "y"], ["z"]]) {
          expect(read(path)).toEqual(expected);
        }
        expect(jsonMembers(json).map(([name]) => name)).toEqual(["x", "z"]);
      }),
      { numRuns: 200 },
    );
  });
});

test("many paths read an event's data once", () => {
  const paths = new JsonPaths();
  const indexes = ["a", "b", "c.0", "a"].map((path) => paths.add(path.split(".")));
  const event = {};
  const values = indexes.map((index) => paths.at(index, event, '{"a":1,"b":"x","c":[{}]}'));
  expect(values).toEqual(["1", '"x"', "{}", "1"]);
  // The data of the same event is not read again.
  expect(paths.at(indexes[0] ?? 0, event, "")).toBe("1");
  expect(paths.at(indexes[0] ?? 0, {}, '{"a":2}')).toBe("2");
});
