import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import type { ColumnType, Resource } from "./resource.ts";
import { checkValue, parsePatch, parseRows, requireColumns } from "./values.ts";

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

const column = (name: string, type: ColumnType) =>
  ({ name, type, description: "", writable: "insert and update" }) as const;

const resource: Resource = {
  name: "things",
  relation: "things",
  description: "",
  primaryKey: "id",
  orgColumn: null,
  defaultOrder: "asc",
  operations: {},
  columns: [
    { name: "id", type: "uuid", description: "" },
    { ...column("name", "text"), writable: "insert", isRequired: true },
    column("data", "json"),
    { ...column("raw", "json"), isKeptAsText: true },
    column("tags", "text[]"),
  ],
};

const check = (type: ColumnType, value: unknown) => checkValue({ name: "x", type }, value);
const id = "0192f0c1-2b3c-7d4e-8f50-123456789abc";

describe("a value for a column", () => {
  test.each([
    ["text", "x", "x"],
    ["text", 1, "1"],
    ["text", { a: 1 }, '{"a":1}'],
    ["text", null, null],
    ["uuid", id, id],
    ["uuid", id.toUpperCase(), id],
    ["uuid", id.replaceAll("-", ""), id],
    ["integer", 7, 7],
    ["integer", " -7 ", -7],
    ["boolean", true, true],
    ["boolean", "f", false],
    ["boolean", "ON", true],
    ["text[]", ["a", "b"], ["a", "b"]],
    ["text[]", "{}", []],
    ["text[]", "{ }", []],
    ["text[]", '{a, "b c","d,\\"e\\""}', ["a", "b c", 'd,"e"']],
    ["json", { a: [1] }, { a: [1] }],
    ["timestamptz", "2026-11-23T03:36:47Z", "2026-11-23T03:36:47.000Z"],
    ["timestamptz", "2026-11-23T03:36:47.645123+00:00", "2026-11-23T03:36:47.645Z"],
    ["timestamptz", "2026-11-23 03:36:47+02", "2026-11-23T01:36:47.000Z"],
    ["timestamptz", "2026-11-23T03:36-0330", "2026-11-23T07:06:00.000Z"],
    ["timestamptz", "2026-11-23T03:36:47", "2026-11-23T03:36:47.000Z"],
    ["timestamptz", "2026-11-23", "2026-11-23T00:00:00.000Z"],
    ["timestamptz", "2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["timestamptz", 1764000000.5, "2025-11-24T16:00:00.500Z"],
  ] as const)("%s accepts %j", (type, value, expected) => {
    expect(check(type, value)).toEqual(expected);
  });

  test.each([
    ["uuid", "nope", "PH_UUID_INVALID"],
    ["uuid", 7, "PH_UUID_INVALID"],
    ["uuid", `${id}0`, "PH_UUID_INVALID"],
    ["integer", 1.5, "22P02"],
    ["integer", "1e3", "22P02"],
    ["integer", "", "22P02"],
    ["integer", true, "22P02"],
    ["boolean", "maybe", "22P02"],
    ["boolean", 1, "22P02"],
    ["text[]", "a,b", "22P02"],
    ["text[]", 7, "22P02"],
    ["text[]", {}, "22P02"],
    ["timestamptz", "yesterday", "22007"],
    ["timestamptz", 1764000000000, "22008"],
    ["timestamptz", "2026-13-01", "22007"],
    ["text", "a\u0000b", "22021"],
    ["text", "half \ud83d of a pair", "22021"],
    ["timestamptz", "0000-01-01", "22008"],
    ["timestamptz", "2026-02-30", "22008"],
    ["timestamptz", "2026-02-29T00:00:00Z", "22008"],
  ] as const)("%s rejects %j with %s", (type, value, expected) => {
    expect(() => check(type, value)).toThrow(code(expected));
  });

  test("is accepted, or rejected with PosthornError", () => {
    const types = ["uuid", "text", "text[]", "timestamptz", "integer", "boolean", "json"] as const;
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string().map((text) => `{${text}}`),
      fc.date(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), value, (type, given) => {
        try {
          check(type, given instanceof Date ? JSON.parse(JSON.stringify(given)) : given);
        } catch (error) {
          expect(error).toBeInstanceOf(PosthornError);
        }
      }),
    );
  });
});

describe("the rows of a body", () => {
  test("are an object or an array; anything else would lose an event", () => {
    const one = parseRows(resource, '{"name":"a"}', null);
    expect([one.isArray, one.rows]).toEqual([false, [{ name: "a" }]]);
    const two = parseRows(resource, '[{"name":"a"},{"name":"b"}]', null);
    expect([two.isArray, two.rows.map((row) => row["name"])]).toEqual([true, ["a", "b"]]);
    expect(parseRows(resource, "[]", null).rows).toEqual([]);
    for (const text of ["1", "true", "null", '"{\\"name\\":\\"a\\"}"']) {
      const refused = expect.objectContaining({ code: "PGRST102" });
      expect(() => parseRows(resource, text, null), text).toThrow(refused);
    }
    expect(parseRows(resource, "{}", null).rows[0]).toEqual({});
  });

  test("JSON is kept as it was written, if the column says so", () => {
    const data = '{"n":12345678901234567890, "b":1.10}';
    for (const text of [`{"raw": ${data} }`, `[{"raw": ${data}}]`]) {
      expect(parseRows(resource, text, null).rows).toEqual([{ raw: data }]);
      expect(parsePatch(resource, text)).toEqual({ raw: data });
    }
    expect(parseRows(resource, '{"raw":null}', null).rows).toEqual([{ raw: null }]);
    expect(parseRows(resource, '{"raw":1,"raw":"\\u00e4"}', null).rows).toEqual([
      { raw: '"\\u00e4"' },
    ]);
  });

  test("with columns= only those count, and keys may differ", () => {
    const text = '[{"name":"a","data":1,"colour":2},{"name":"b"}]';
    const { rows } = parseRows(resource, text, ["name"]);
    expect(rows).toEqual([{ name: "a" }, { name: "b" }]);
  });

  test.each([
    ["", null, "PGRST102"],
    ["{", null, "PGRST102"],
    ["[1]", null, "PGRST102"],
    ['[{"name":"a"},{"data":1}]', null, "PGRST102"],
    ['{"colour":1}', null, "PGRST204"],
    ['{"__proto__":{"name":"x"}}', null, "PGRST204"],
    ['{"constructor":1}', null, "PGRST204"],
    ['{"name":"a"}', ["colour"], "PGRST204"],
    [`{"id":"${id}"}`, null, "42501"],
  ])("%s with columns %j is %s", (text, columns, expected) => {
    expect(() => parseRows(resource, text, columns)).toThrow(code(expected));
  });

  test("as many as the limit, and no more", () => {
    const rows = (count: number) => `[${Array(count).fill('{"name":"a"}').join(",")}]`;
    expect(parseRows(resource, rows(limits.rowsPerInsertMax), null).rows).toHaveLength(
      limits.rowsPerInsertMax,
    );
    expect(() => parseRows(resource, rows(limits.rowsPerInsertMax + 1), null)).toThrow(
      code("PH_TOO_MANY_ROWS"),
    );
  });

  test("nests as deep as the limit, and no deeper", () => {
    const body = (depth: number) =>
      `{"name":"[[","data":${"[".repeat(depth - 1)}"]"${"]".repeat(depth - 1)}}`;
    expect(parseRows(resource, body(limits.jsonDepthMax), null).rows).toHaveLength(1);
    expect(() => parseRows(resource, body(limits.jsonDepthMax + 1), null)).toThrow(
      code("PGRST102"),
    );
  });

  test("a missing required value is an error", () => {
    for (const text of ["{}", '{"name":null}']) {
      const [row] = parseRows(resource, text, null).rows;
      expect(() => requireColumns(resource, row!)).toThrow(code("23502"));
    }
  });
});

describe("the body of a change", () => {
  test.each([
    ["{}", {}],
    ["[]", {}],
    ["[{}]", {}],
    ['{"tags":"{a}"}', { tags: ["a"] }],
    ['[{"data":null}]', { data: null }],
  ])("%s", (text, expected) => {
    expect(parsePatch(resource, text)).toEqual(expected);
  });

  test.each([
    ["", "PGRST102"],
    ["1", "PGRST102"],
    ["[1]", "PGRST102"],
    ['{"colour":1}', "PGRST204"],
    ['{"__proto__":1}', "PGRST204"],
    ['{"name":"x"}', "42501"],
    [`{"id":"${id}"}`, "42501"],
  ])("%s is %s", (text, expected) => {
    expect(() => parsePatch(resource, text)).toThrow(code(expected));
  });
});
