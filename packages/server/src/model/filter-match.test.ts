/** What an evaluation of a filter may cost in this process. */
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { FilterSteps, FilterStepsError, whyFiltered } from "./filter-match.ts";

const most = limits.filterExplainedStepsMax;

function reasonWithin(filter: unknown, data: unknown, stepsMax: number = most): string | null {
  return whyFiltered(JSON.stringify(filter), JSON.stringify(data), new FilterSteps(stepsMax));
}

/** Wraps a condition in as many levels of `$and` as a filter may have. */
function nested(condition: unknown, levels: number): unknown {
  return levels === 0 ? condition : { $and: [nested(condition, levels - 1)] };
}

describe("an evaluation takes at most so many steps", () => {
  // Each element is read once and compared once, and the root and the list's owner are read.
  test("for each element of a list", () => {
    const data = { a: Array.from({ length: 100 }, () => 1) };
    const least = Array.from({ length: 500 }, (_, steps) => steps).find((steps) => {
      try {
        reasonWithin({ a: 2 }, data, steps);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(FilterStepsError);
        return false;
      }
    });
    expect(least).toBeGreaterThan(200);
    expect(least).toBeLessThan(500);
  });

  test.each([
    ["a list with several alternatives", { a: { $in: ["x", "y", "z"] } }, { a: list(20_000, "b") }],
    ["a long list", { a: 1 }, { a: list(most + 1, 2) }],
    ["long texts", { a: { $contains: "x" } }, { a: list(10, "b".repeat(most * 100)) }],
  ])("and refuses %s", (_name, filter, data) => {
    expect(() => reasonWithin(filter, data)).toThrow(FilterStepsError);
  });

  test("and refuses numbers with many digits", () => {
    const data = `{"a":[${list(1_000, "1e131070").join(",")}]}`;
    expect(() => whyFiltered('{"a":{"$lt":1}}', data, new FilterSteps(most))).toThrow(
      FilterStepsError,
    );
  });

  test("and several evaluations share them", () => {
    const steps = new FilterSteps(500);
    const data = JSON.stringify({ a: list(100, 1) });
    expect(whyFiltered('{"a":2}', data, steps)).toContain("none of the 100 values");
    expect(() => whyFiltered('{"a":2}', data, steps)).toThrow(FilterStepsError);
  });

  test("and levels of nesting cost nothing more", () => {
    const data = { a: list(3_000, "b") };
    const condition = { $or: [{ a: "x" }, { a: "y" }] };
    const deep = nested(condition, limits.filterDepthMax - 3);
    expect(reasonWithin(deep, data)).toBe(reasonWithin(condition, data));
    expect(reasonWithin(condition, data)).toContain("no alternative matches");
  });
});

function list<Value>(length: number, value: Value): readonly Value[] {
  return Array.from({ length }, () => value);
}
