/**
 * PostgreSQL decides who gets an event, by a compiled filter. The same filter is evaluated here to
 * explain a decision. Both must agree on any data.
 */
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../postgres/migrate.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../testing/test-database.ts";
import { matchesFilter } from "./filter-match.ts";
import { jsonPathOf } from "./filter-path.ts";
import { parseFilter } from "./filter.ts";

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  database = await createTestDatabase(adminUrl, {
    template: await migratedTemplate(adminUrl, migrate),
  });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Case {
  readonly filter: string;
  readonly data: string;
}

async function matchesInSql(cases: readonly Case[]): Promise<readonly boolean[]> {
  const { rows } = await client.query<{ matches: boolean }>(
    `select coalesce(posthorn.jsonb_or_null(data::json) @@ path::jsonpath, false) as matches
     from unnest($1::text[], $2::text[]) with ordinality as given (data, path, place)
     order by place`,
    [
      cases.map(({ data }) => data),
      cases.map(({ filter }) => jsonPathOf(parseFilter(filter).condition)),
    ],
  );
  return rows.map(({ matches }) => matches);
}

async function expectAgreement(cases: readonly Case[]): Promise<readonly boolean[]> {
  const inSql = await matchesInSql(cases);
  const here = cases.map(({ filter, data }) => matchesFilter(filter, data));
  const differing = cases.filter((_, index) => inSql[index] !== here[index]);
  expect(differing.slice(0, 3)).toEqual([]);
  return inSql;
}

const names = ["a", "b", "a.b", "$c", "__proto__", "\u{1f4ef}", '"\\', ""];
const numbers = [
  ["0", "-0", "1", "1.0", "10e-1", "2", "5", "100", "1E+2", "-5", "0.1"],
  ["0.10000000000000000001", "9007199254740993", "9007199254740992", "1e308", "1e-308"],
].flat();
const hostileNumbers = [
  ["1e400", "-1e400", "1e-400", "1e131071", "1e131072", "0.1e131072", "10e131071", "1e-16383"],
  // Not 0e1073741823: versions of PostgreSQL differ about zeros with such exponents.
  ["1e-16384", "0.1e-16383", "0e-20000", "0e999999", "1e1073741823"],
].flat();
const texts = [
  ["a", "b", "ab", "a.b", "A", "\u{1f4ef}", "\uffff", "\u00e9", "e\u0301", "5", "true", "null"],
  ["a\nb", "b\n", "$", "^a", "(a", "[a]", "a\\", "a\\d", "***:a", "(?i)A", "a|b", "'", '"'],
].flat();
const hostileTexts = ["\\u0000", "\\ud800", "a\\udc00", "\\ud83d\\ude00", "\\\\u0000", "\\ud83da"];

const number = fc.oneof(
  fc.constantFrom(...numbers),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);
const text = fc.oneof(fc.constantFrom(...texts), fc.string({ minLength: 1, maxLength: 5 }));
const quotedText = text.map((value) => JSON.stringify(value));
const word = fc.constantFrom("true", "false", "null");
const dataScalar = fc.oneof(
  { weight: 10, arbitrary: number },
  { weight: 10, arbitrary: quotedText },
  { weight: 4, arbitrary: word },
  { weight: 2, arbitrary: fc.constant('""') },
  { weight: 1, arbitrary: fc.constantFrom(...hostileNumbers) },
  { weight: 1, arbitrary: fc.constantFrom(...hostileTexts).map((value) => `"${value}"`) },
);

const { data } = fc.letrec((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    dataScalar,
    fc.array(tie("data"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
    // Names may be repeated; the last one counts.
    fc.array(fc.tuple(fc.constantFrom(...names), tie("data")), { maxLength: 4 }).map((members) => {
      const written = members.map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
      return `{${written.join(" , ")}}`;
    }),
  ),
})) as { data: fc.Arbitrary<string> };

/** A name as a filter writes it. */
const field = (name: string): string =>
  JSON.stringify(name.replace(/[\\.]/g, String.raw`\$&`).replace(/^\$/, String.raw`\$`));

const ordered = fc.oneof(number, quotedText);
const sameType = fc.oneof(
  ...[number, quotedText, word].map((type) => fc.array(type, { minLength: 1, maxLength: 3 })),
);
const operator = fc.oneof(
  fc.tuple(fc.constantFrom("$eq", "$ne"), fc.oneof(number, quotedText, word)),
  fc.tuple(fc.constantFrom("$gt", "$gte", "$lt", "$lte"), ordered),
  fc.tuple(fc.constantFrom("$startsWith", "$endsWith", "$contains"), quotedText),
  fc.tuple(fc.constant("$exists"), fc.constantFrom("true", "false")),
  fc.tuple(
    fc.constantFrom("$in", "$nin"),
    sameType
      .filter((values) => new Set(values.filter((each) => each !== "null").map(typeOf)).size < 2)
      .map((values) => `[${values.join(",")}]`),
  ),
);

function typeOf(json: string): string {
  return typeof (JSON.parse(json) as unknown);
}

const { condition } = fc.letrec((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    operator.map(([name, value]) => `{"${name}":${value}}`),
    fc
      .array(fc.tuple(fc.constantFrom(...names), tie("condition")), { minLength: 1, maxLength: 2 })
      .map((members) => {
        const byName = new Map(members);
        return `{${[...byName].map(([name, value]) => `${field(name)}:${value}`).join(",")}}`;
      }),
    fc
      .tuple(
        fc.constantFrom("$and", "$or"),
        fc.array(tie("condition"), { minLength: 1, maxLength: 3 }),
      )
      .map(([name, of]) => `{"${name}":[${of.join(",")}]}`),
    tie("condition").map((of) => `{"$not":${of}}`),
  ),
})) as { condition: fc.Arbitrary<string> };

test("PostgreSQL and the explanation agree on any filter and any data", async () => {
  const some = fc.array(fc.record({ filter: condition, data }), {
    minLength: 100,
    maxLength: 100,
  });
  let matches = 0;
  await fc.assert(
    fc.asyncProperty(some, async (cases) => {
      const isUsable = ({ filter }: Case): boolean => {
        try {
          return parseFilter(filter).comparisons > 0;
        } catch {
          // Beyond the limits.
          return false;
        }
      };
      const usable = cases.filter(isUsable);
      const outcomes = await expectAgreement(usable);
      matches += outcomes.filter(Boolean).length;
    }),
    { numRuns: 25 },
  );
  expect(matches).toBeGreaterThan(50);
}, 60_000);

describe("the outcome of", () => {
  test.each<readonly [string, string, boolean]>([
    ['{"a":{"$gt":10}}', '{"a":11}', true],
    ['{"a":{"$gt":10}}', '{"a":"11"}', false],
    ['{"a":{"$ne":10}}', '{"a":"11"}', false],
    ['{"a":{"$ne":10}}', "{}", true],
    ['{"a":{"$ne":10}}', '{"a":null}', true],
    ['{"a":{"$eq":null}}', '{"a":null}', true],
    ['{"a":{"$eq":null}}', "{}", false],
    ['{"a":{"$exists":false}}', '{"a":null}', false],
    ['{"a":{"$in":[1,2]}}', '{"a":[5,2]}', true],
    ['{"a":{"$nin":[1,2]}}', '{"a":[5,2]}', false],
    ['{"a":{"$nin":[1,2]}}', '{"a":[]}', true],
    ['{"a.b":1}', '{"a":[{"b":2},{"b":1}]}', true],
    ['{"a.b":1}', '{"a.b":1}', false],
    ['{"a\\\\.b":1}', '{"a.b":1}', true],
    ['{"\\\\$a":1}', '{"$a":1}', true],
    ['{"a":1}', '[{"a":1}]', true],
    ['{"a":1}', '[[{"a":1}]]', false],
    ['{"a":9007199254740993}', '{"a":9007199254740992}', false],
    ['{"a":9007199254740993}', '{"a":9007199254740993.0}', true],
    ['{"a":{"$lt":1e308}}', '{"a":1e400}', false],
    ['{"a":{"$gt":"\uffff"}}', '{"a":"\u{1f4ef}"}', true],
    ['{"a":{"$endsWith":".b"}}', '{"a":"a.b"}', true],
    ['{"a":{"$endsWith":".b"}}', '{"a":"axb"}', false],
    ['{"a":{"$endsWith":"a"}}', '{"a":"a\\n"}', false],
    ['{"a":{"$contains":".*"}}', '{"a":"x.*y"}', true],
    ['{"a":1}', '{"a":1,"b":"\\u0000"}', false],
    ['{"a":{"$exists":false}}', '{"b":"\\ud800"}', false],
    ['{"$or":[{"a":{"$gt":"x"}},{"b":1}]}', '{"a":5,"b":1}', true],
  ])("%s on %s is %s", async (filter, dataJson, expected) => {
    expect(await expectAgreement([{ filter, data: dataJson }])).toEqual([expected]);
  });
});
