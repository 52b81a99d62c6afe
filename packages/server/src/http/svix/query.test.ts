/** Query parameters and pages of Svix's API. */
import pg from "pg";
import { expect, inject, test } from "vitest";
import { limits } from "../../limits.ts";
import { InvalidFields } from "./errors.ts";
import { boundedPage, listAnswer, pageOf, Query, readingOf } from "./query.ts";

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

test("a page ends where its contents would be too large, but never before its first row", async () => {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  const pageOfBytes = async (bytesMax: number) => {
    const sql = "select * from (values (1, 'aa'), (2, null), (3, 'bbb'), (4, 'c')) as v (id, data)";
    const { rows } = await client.query<{ id: number }>(boundedPage(sql, "id desc", bytesMax));
    const page = pageOf(new Query("limit=10"), null);
    const { data, done } = listAnswer(
      page,
      rows,
      ({ id }) => String(id),
      ({ id }) => ({ id }),
    );
    return [data, done];
  };
  const ids = (...each: readonly number[]) => each.map((id) => ({ id }));
  expect(await pageOfBytes(6)).toEqual([ids(4, 3, 2, 1), true]);
  expect(await pageOfBytes(5)).toEqual([ids(4, 3, 2), false]);
  expect(await pageOfBytes(3)).toEqual([ids(4), false]);
  expect(await pageOfBytes(0)).toEqual([ids(4), false]);
  await client.end();
});
