import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseQueryString } from "./query-string.ts";

describe("a query string", () => {
  test.each([
    ["/t", []],
    ["/t?", []],
    ["/t?a", []],
    ["/t?a=1&b", [["a", "1"]]],
    [
      "/t?a=gte.1&b=x&a=lt.5",
      [
        ["a", "gte.1"],
        ["b", "x"],
        ["a", "lt.5"],
      ],
    ],
    ["/t?a=x+y%2Bz", [["a", "x y+z"]]],
    ["/t?a=eq.b=c", [["a", "eq.b=c"]]],
    ["/t?a=b?c", [["a", "b?c"]]],
    ["/t?%61=%22%C3%A9%22", [["a", '"é"']]],
    ["/t?__proto__=eq.1", [["__proto__", "eq.1"]]],
  ])("%s", (url, expected) => {
    expect(parseQueryString(url).map(({ name, value }) => [name, value])).toEqual(expected);
  });

  test("input that is not percent-encoded UTF-8 is PGRST100", () => {
    for (const url of ["/t?a=%", "/t?%zz=1", "/t?a=%C3"]) {
      expect(() => parseQueryString(url)).toThrow(expect.objectContaining({ code: "PGRST100" }));
    }
  });

  test("a NUL is rejected: PostgreSQL's text has none, and a name would end the statement", () => {
    for (const url of ["/t?a=%00", '/t?select="x%00":id']) {
      expect(() => parseQueryString(url)).toThrow(expect.objectContaining({ code: "22021" }));
    }
  });

  test("whatever is encoded is decoded again, in order", () => {
    const text = fc.string({ unit: "grapheme" }).filter((each) => !each.includes("\u0000"));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        const url = `/t?${new URLSearchParams(pairs).toString()}`;
        expect(parseQueryString(url).map(({ name, value }) => [name, value])).toEqual(pairs);
      }),
    );
  });
});
