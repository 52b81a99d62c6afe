import fc from "fast-check";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  byteaArray,
  int2Array,
  int4Array,
  jsonArray,
  textArray,
  timestampArray,
  uuidArray,
} from "./binary-arrays.ts";

const client = new pg.Client({ connectionString: inject("postgresUrl") });
beforeAll(() => client.connect());
afterAll(() => client.end());

/** Sends an array as a parameter. Returns its elements as text, as the server read them. */
async function read(type: string, value: Buffer | null): Promise<(string | null)[]> {
  const { rows } = await client.query<{ text: string | null }>(
    `select element::text as text from unnest($1::${type}[]) with ordinality as each (element, n)
     order by n`,
    [value],
  );
  return rows.map((row) => row.text);
}

describe("the server reads what was written", () => {
  test("uuids, in either case, with nulls among them", async () => {
    const ids = [randomUUID(), null, randomUUID().toUpperCase()];
    expect(await read("uuid", uuidArray(ids))).toEqual(ids.map((id) => id?.toLowerCase() ?? null));
  });

  test("any text that PostgreSQL can store", async () => {
    const storable = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    const texts = fc.array(fc.option(storable), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(texts, async (values) => {
        const expected = values.every((each) => each === null) ? [] : values;
        expect(await read("text", textArray(values))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test("JSON, byte for byte", async () => {
    const values = ['{"b" : 1.0,  "a":"\\u0041"}', "[1e400]", '"ü"'];
    expect(await read("json", jsonArray(values))).toEqual(values);
  });

  test("times, before and after PostgreSQL's epoch, to the millisecond", async () => {
    const latest = Date.parse("9999-12-31T23:59:59.999Z");
    const near2000 = [946_684_799_999, 946_684_800_000, 946_684_800_001];
    const times = [0, 1, -62_135_596_800_000, ...near2000, 4_102_444_800_123, latest - 1, latest];
    const { rows } = await client.query<{ ms: string }>(
      `select (extract(epoch from each) * 1000)::numeric::text as ms
       from unnest($1::timestamptz[]) as each`,
      [timestampArray(times)],
    );
    expect(rows.map((row) => Number(row.ms))).toEqual(times);
  });

  test("integers and bytes", async () => {
    expect(await read("smallint", int2Array([-32_768, null, 32_767]))).toEqual([
      "-32768",
      null,
      "32767",
    ]);
    expect(await read("integer", int4Array([-2_147_483_648, 2_147_483_647]))).toEqual([
      "-2147483648",
      "2147483647",
    ]);
    expect(await read("bytea", byteaArray([Uint8Array.of(0, 255)]))).toEqual(["\\x00ff"]);
  });

  test("an empty array, and an array of only nulls as null", async () => {
    expect(await read("uuid", uuidArray([]))).toEqual([]);
    expect(textArray([null, null])).toBeNull();
  });
});

test.each(["", "abc", `${randomUUID()}0`, randomUUID().replace(/^./, "g"), "ü".repeat(32)])(
  "%j is rejected as a UUID",
  (text) => {
    expect(() => uuidArray([text])).toThrow("is not a UUID");
  },
);
