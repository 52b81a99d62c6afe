/**
 * Query strings of the REST dialect: almost valid ones, ones with one error, and arbitrary text.
 */
import fc from "fast-check";
import type { Resource } from "../../src/http/rest/resource.ts";
import { webhookAudit } from "../../src/http/tables/audit.ts";
import { apiKeys } from "../../src/http/tables/api-keys.ts";
import {
  webhookContracts,
  webhookEndpoints,
  webhookEventTypes,
  webhookOrgs,
} from "../../src/http/tables/configured.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookErasures,
  webhookEvents,
  webhookReplays,
} from "../../src/http/tables/deliveries.ts";
import { nastyStrings, wordsOf } from "./json.ts";

export const tables: readonly Resource[] = [
  webhookOrgs,
  webhookEventTypes,
  webhookContracts,
  webhookEndpoints,
  webhookEvents,
  webhookDeliveries,
  webhookAttempts,
  webhookReplays,
  webhookErasures,
  webhookAudit,
  apiKeys,
];

const operator = fc.constantFrom(
  ...wordsOf("eq neq gte gt lte lt like ilike match imatch cs cd ov isdistinct"),
  ...wordsOf("in is fts eq(any) like(all) not.eq not.in not.is not.not.eq EQ foo constructor"),
);

const value = fc.oneof(
  fc.constantFrom(...nastyStrings),
  fc.constantFrom(
    ...wordsOf("null not_null true unknown 1 -1 1.5 {a,b} {} (a,b) () (1,2,3) * *a% ( ) ((((( [1"),
    ...wordsOf("failed pending now infinity 2026-01-01 2026-01-01T00:00:00Z 1e9 99999999999999"),
    ...wordsOf('(a+)+$ [[:alpha:]]+ ^(?=a) \\1 (((a*)*)*)* a{1,255}b{1,255} {"a":1} "a,b" "a'),
  ),
  fc.uuid(),
  fc.integer().map(String),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc
    .array(fc.constantFrom("a", '"b,c"', '"d\\""', "", "1", '"'), { maxLength: 8 })
    .map((list) => `(${list.join(",")})`),
);

const step = fc
  .tuple(
    fc.constantFrom("->", "->>", "->->", ""),
    fc.oneof(fc.constantFrom("a", "0", "-1", '"k"', "2147483648", "a.b", ""), value),
  )
  .map(([arrow, key]) => arrow + key);

const column = (names: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...names) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...names), fc.array(step, { minLength: 1, maxLength: 3 }))
        .map(([name, steps]) => name + steps.join("")),
    },
    { weight: 1, arbitrary: fc.constantFrom(...wordsOf('nope "id" id.x a->b count() or and')) },
    { weight: 1, arbitrary: fc.string({ maxLength: 10 }) },
  );

/** A filter without its column, e.g. `eq.failed` of `status=eq.failed`. */
const operation = fc.tuple(operator, value).map(([name, text]) => `${name}.${text}`);

function tree(names: readonly string[], depth: number): fc.Arbitrary<string> {
  const leaf = fc.tuple(column(names), operation).map(([name, text]) => `${name}.${text}`);
  if (depth === 0) return leaf;
  const inner = fc
    .tuple(
      fc.constantFrom("and", "or", "not.and", "not.or", "not", ""),
      fc.array(tree(names, depth - 1), { maxLength: 3 }),
    )
    .map(([kind, members]) => `${kind}(${members.join(",")})`);
  return fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: inner });
}

const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(item, { maxLength: 5 }).map((items) => items.join(","));

const number = fc.oneof(
  fc.integer({ min: -2, max: 1_500 }).map(String),
  fc.constantFrom("", "0", "1e3", "9".repeat(25), "9223372036854775808", "-9".repeat(3), "x"),
);

function parameter(names: readonly string[]): fc.Arbitrary<readonly [string, string]> {
  const name = column(names);
  const selected = fc
    .tuple(
      fc.constantFrom("", "x:", '"a b":', "x::", "...", "a:b:"),
      name,
      fc.constantFrom("", "::text", "::uuid", "::int4", "::jsonb", "::x; drop", "(*)", "!inner(*)"),
    )
    .map((parts) => parts.join(""));
  const ordered = fc
    .tuple(name, fc.constantFrom("", ".asc", ".desc", ".desc.nullslast", ".nullsfirst", ".up"))
    .map((parts) => parts.join(""));
  const logic = fc
    .tuple(
      fc.constantFrom("and", "or", "not.and", "not.or"),
      fc.array(tree(names, 3), {
        maxLength: 4,
      }),
    )
    .map(([kind, members]) => [kind, `(${members.join(",")})`] as const);
  const named = (
    key: string,
    text: fc.Arbitrary<string>,
  ): fc.Arbitrary<readonly [string, string]> => text.map((each) => [key, each] as const);
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(name, operation) },
    { weight: 3, arbitrary: logic },
    { weight: 3, arbitrary: named("select", list(fc.oneof(selected, fc.constant("*")))) },
    { weight: 2, arbitrary: named("order", list(ordered)) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom("limit", "offset"), number) },
    { weight: 1, arbitrary: named("columns", list(name)) },
    { weight: 1, arbitrary: named("on_conflict", list(name)) },
    { weight: 1, arbitrary: fc.tuple(value, value) },
  );
}

/** Encodes the text as UTF-8 and decodes it, which replaces half a surrogate pair with U+FFFD. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

/** Ways to percent-encode: as clients do, almost not at all, or incorrectly. */
const encoding = fc.constantFrom<(text: string) => string>(
  (text) => encodeURIComponent(wellFormed(text)),
  (text) => encodeURIComponent(wellFormed(text)),
  (text) => text.replaceAll(/[^!"$'-;<->@-~]/gu, (each) => encodeURIComponent(wellFormed(each))),
  (text) => encodeURIComponent(wellFormed(text)).replace("%", "%%"),
  () => "%ff%fe",
);

/** The query string after the `?`, without bytes that HTTP itself rejects. */
function queryString(table: Resource): fc.Arbitrary<string> {
  // Paths exist only in JSON columns, and few columns are JSON, so paths are added explicitly.
  const names = table.columns.flatMap(({ name, type }) =>
    type === "json" ? [name, name, name, name] : [name],
  );
  const encoded = fc
    .tuple(parameter(names), encoding, encoding)
    .map(([[name, text], first, second]) => `${first(name)}=${second(text)}`);
  return fc.array(encoded, { maxLength: 4 }).map((parts) => parts.join("&"));
}

/** The name of a table, and a query string for that table. */
export const tableQuery: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  ...tables.map((table) => fc.tuple(fc.constant(table.name), queryString(table))),
);

export const rangeHeader = fc.option(
  fc.oneof(
    fc.constantFrom(
      "0-9",
      "items=0-",
      "5-1",
      "bytes=0-1",
      "9".repeat(30),
      "0-99999999999999999999",
    ),
    fc.string({ maxLength: 10, unit: "grapheme-ascii" }),
  ),
  { nil: undefined },
);
export const acceptHeader = fc.option(
  fc.constantFrom(
    ...wordsOf("*/* application/json application/vnd.pgrst.object+json text/csv text/html"),
    "application/vnd.pgrst.array+json;nulls=stripped",
    "application/x-ndjson, */*;q=0.1",
    ",;,",
    "",
  ),
  { nil: undefined },
);
export const preferHeader = fc.option(
  fc
    .array(
      fc.constantFrom(
        ...wordsOf("count=exact count=planned count=estimated return=representation"),
        ...wordsOf("return=minimal return=headers-only handling=strict max-affected=1 tx=rollback"),
        ...wordsOf("resolution=merge-duplicates resolution=ignore-duplicates missing=default"),
        ...wordsOf("max-affected=99999999999999999999 __proto__=1 constructor=x ,"),
      ),
      { maxLength: 4 },
    )
    .map((tokens) => tokens.join(",")),
  { nil: undefined },
);
