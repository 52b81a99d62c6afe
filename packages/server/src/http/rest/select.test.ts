import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { parseColumns, parseOrder, parseSelect, parseWindow, type SelectItem } from "./select.ts";

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

function shown({ field, alias, cast }: SelectItem): string {
  const path = field.path.map(({ arrow, key }) => arrow + JSON.stringify(key)).join("");
  const as = alias === null ? "" : ` as ${alias}`;
  return `${field.column}${path}${cast === null ? "" : ` to ${cast}`}${as}`;
}

describe("select", () => {
  test.each([
    ["a", ["a"]],
    ["a, b ,c", ["a", "b", "c"]],
    ["x:a", ["a as x"]],
    [" x : a ", ["a as x"]],
    ["a::text", ["a to text"]],
    ["x:a::timestamp with time zone", ["a to timestamp with time zone as x"]],
    ["*,x:a", ["*", "a as x"]],
    ["p->a", ['p->"a" as a']],
    ["p->a->>b", ['p->"a"->>"b" as b']],
    ["p->arr->0", ['p->"arr"->0 as arr']],
    ["p->0", ["p->0 as p"]],
    ["x:p->>a::int", ['p->>"a" to int as x']],
    ['"a b":"c,d"', ["c,d as a b"]],
    ['"x.y(":p->"q:r"', ['p->"q:r" as x.y(']],
    ["count", ["count"]],
  ])("%s", (text, expected) => {
    expect(parseSelect(text)?.map(shown)).toEqual(expected);
  });

  test.each(["", " ", "*", " * "])("'%s' is every column", (text) => {
    expect(parseSelect(text)).toBeNull();
  });

  test.each([
    ["a,", "PGRST100"],
    [",a", "PGRST100"],
    ["a b,,c", "PGRST100"],
    ["a::", "PGRST100"],
    ["a)", "PGRST100"],
    ["a->", "PGRST100"],
    ['"a', "PGRST100"],
    ["a:", "PGRST100"],
    ["t(*)", "PGRST200"],
    ["x:t(a,b)", "PGRST200"],
    ["t!inner(a)", "PGRST200"],
    ["...t(a)", "PGRST200"],
    ["count()", "PGRST123"],
    ["a.sum()", "PGRST123"],
    ["x:a.max()::text", "PGRST123"],
  ])("%s is %s", (text, expected) => {
    expect(() => parseSelect(text)).toThrow(code(expected));
  });

  test("accepts as many columns and steps as the limits allow, and no more", () => {
    const columns = (count: number) => Array.from({ length: count }, () => "a").join(",");
    expect(parseSelect(columns(limits.columnsPerListMax))).toHaveLength(limits.columnsPerListMax);
    expect(() => parseSelect(columns(limits.columnsPerListMax + 1))).toThrow(
      code("PH_QUERY_TOO_COMPLEX"),
    );
    expect(() => parseOrder(columns(limits.columnsPerListMax + 1))).toThrow(
      code("PH_QUERY_TOO_COMPLEX"),
    );
    const steps = (count: number) => `p${"->a".repeat(count)}`;
    expect(parseSelect(steps(limits.jsonPathStepsMax))).toHaveLength(1);
    expect(() => parseSelect(steps(limits.jsonPathStepsMax + 1))).toThrow(
      code("PH_QUERY_TOO_COMPLEX"),
    );
  });
});

describe("order", () => {
  test.each([
    ["a", [["a", false, null]]],
    ["a.desc", [["a", true, null]]],
    [
      "a.asc.nullsfirst,b.desc.nullslast",
      [
        ["a", false, "first"],
        ["b", true, "last"],
      ],
    ],
    ["a.nullslast", [["a", false, "last"]]],
    ["p->>x.desc", [["p", true, null]]],
  ])("%s", (text, expected) => {
    const items = parseOrder(text);
    expect(items.map((each) => [each.field.column, each.isDescending, each.nulls])).toEqual(
      expected,
    );
  });

  test.each(["a.", "a.up", "a.desc.asc", "a.ascending", "a.nullsfirst.desc", "a,", "t(a)", ""])(
    "'%s' is PGRST100",
    (text) => {
      expect(() => parseOrder(text)).toThrow(code("PGRST100"));
    },
  );
});

describe("columns", () => {
  test.each([
    ["a", ["a"]],
    ['"a","b c"', ["a", "b c"]],
    ["a,b junk;", ["a", "b junk"]],
  ])("%s", (text, expected) => {
    expect(parseColumns(text)).toEqual(expected);
  });
  test("an empty name is PGRST100", () => {
    expect(() => parseColumns("")).toThrow(code("PGRST100"));
    expect(() => parseColumns("a,,b")).toThrow(code("PGRST100"));
  });
});

describe("limit, offset and Range", () => {
  test.each([
    [undefined, undefined, undefined, 0, null],
    ["5", "10", undefined, 10, 5],
    ["x", "y", undefined, 0, null],
    ["1.5", "-3", undefined, 0, null],
    ["0", undefined, undefined, 0, 0],
    [undefined, undefined, "0-9", 0, 10],
    [undefined, undefined, "5-", 5, null],
    [undefined, undefined, "items=5-6", 5, 2],
    [undefined, undefined, "5-5", 5, 1],
    [undefined, undefined, "bytes", 0, null],
    ["3", undefined, "1-9", 1, 2],
    ["20", "2", "1-9", 2, 8],
    ["1", "0", "5-9", 5, 0],
  ])("limit %s, offset %s, Range %s", (limit, offset, range, expectedOffset, expectedLimit) => {
    expect(parseWindow(limit, offset, range)).toEqual({
      offset: expectedOffset,
      limit: expectedLimit,
    });
  });

  test("a negative limit and an inverted range are PGRST103", () => {
    expect(() => parseWindow("-1", undefined, undefined)).toThrow(code("PGRST103"));
    expect(() => parseWindow(undefined, undefined, "9-0")).toThrow(code("PGRST103"));
  });
});

test("any text is parsed or rejected with PosthornError", () => {
  const fragments = fc
    .array(
      fc.oneof(
        fc.constantFrom("a", ",", ":", "::", "->", "->>", '"', "(", ")", "*", ".desc", "...", "!"),
        fc.string({ maxLength: 3 }),
      ),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fragments, (text) => {
      for (const parse of [parseSelect, parseOrder, parseColumns]) {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PosthornError);
        }
      }
    }),
    { numRuns: 500 },
  );
});
