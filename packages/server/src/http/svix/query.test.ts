/** Query parameters and pages of Svix's API. */
import { expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { InvalidFields } from "./errors.ts";
import { listAnswer, pageOf, Query, readingOf } from "./query.ts";

test("a page has a default size and at most a maximum", () => {
  const limitOf = (text: string): number => {
    const query = new Query(text);
    const { limit } = pageOf(query, "ascending");
    query.check();
    return limit;
  };
  expect(limitOf("")).toBe(limits.svixPageDefault);
  expect(limitOf(`limit=${limits.svixPageMax}`)).toBe(limits.svixPageMax);
  for (const limit of ["0", String(limits.svixPageMax + 1), "-1", "x", ""]) {
    expect(() => limitOf(`limit=${limit}`)).toThrow(InvalidFields);
  }
});

test("a page backwards is read against the order, and shown in it", () => {
  const page = pageOf(new Query("limit=2&iterator=-e"), "ascending");
  expect([page.after, readingOf(page)]).toEqual([
    "e",
    { order: "desc", comparison: "<", limit: 3 },
  ]);
  const answer = listAnswer(
    page,
    ["d", "c", "b"],
    (row) => row,
    (row) => ({ row }),
  );
  expect(answer).toEqual({
    data: [{ row: "c" }, { row: "d" }],
    iterator: "d",
    prevIterator: "-c",
    done: false,
  });
});
