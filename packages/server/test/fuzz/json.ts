/** Generates JSON texts: arbitrary ones, and valid ones in which some parts are corrupted. */
import fc from "fast-check";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A number from 0 to less than 1, uniformly distributed. `fc.double` almost always returns numbers
 * close to 0.
 */
export const place = fc.nat(9_999).map((part) => part / 10_000);

/** Splits `"a b"` into "a" and "b". */
export const wordsOf = (text: string, between = " "): readonly string[] => text.split(between);

/** Strings of kinds that often break parsers, databases or logs. */
export const nastyStrings = [
  "",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udc00x",
  "\u{1f4ef}",
  "\ufeff",
  "\u2028",
  "\u202e",
  "'; drop table x; --",
  "%00",
  "{event.data}",
  "null",
  "NaN",
  "-0",
  "1e400",
  "../../etc/passwd",
  "a\r\nb: c",
  "\\",
  "\\u0000",
  "__proto__",
  "constructor",
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00+14:00",
  "9999-12-31T23:59:59.999-14:00",
  "2026-02-30T00:00:00Z",
  "00000000-0000-0000-0000-000000000000",
  "{a,b}",
  '{"a\\\\',
  "x".repeat(300),
  "x".repeat(5_000),
] as const;

/** Numbers as JSON text, because `JSON.stringify` would round them. */
const nastyNumbers = [
  "-0",
  "0.1",
  "1e400",
  "-1e400",
  "1e-400",
  "2147483647",
  "2147483648",
  "-2147483649",
  "9007199254740993",
  "9223372036854775808",
  "123456789012345678901234567890",
  `1${"0".repeat(200)}`,
  "1E+2",
] as const;

/** A JSON text, not a value, so that numbers and repeated names keep their original form. */
export const anyJson: fc.Arbitrary<string> = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(...nastyNumbers),
  fc.constantFrom(...nastyStrings).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"a":1,"a":2}',
    '{"":0}',
    "[[[[[[]]]]]]",
    '["\\ud800"]',
    '{"\\u0000":1}',
  ),
  fc.integer({ min: 1, max: 600 }).map((depth) => "[".repeat(depth) + "]".repeat(depth)),
);

/** A change of one value somewhere inside a document. */
type Edit = (value: Json) => Json;

interface Place {
  readonly path: readonly (string | number)[];
}

function placesOf(value: Json, path: readonly (string | number)[] = []): readonly Place[] {
  const inside =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, member]) =>
          placesOf(member, [...path, Array.isArray(value) ? Number(name) : name]),
        )
      : [];
  return [{ path }, ...inside];
}

const removed = Symbol("removed");

function edited(value: Json, path: readonly (string | number)[], edit: Edit | null): Json {
  const [first, ...rest] = path;
  if (first === undefined) return edit === null ? null : edit(value);
  const isLast = rest.length === 0;
  const change = (member: Json): Json | typeof removed =>
    isLast && edit === null ? removed : edited(member, rest, edit);
  if (Array.isArray(value)) {
    const members = (value as readonly Json[]).map((each, index) =>
      index === first ? change(each) : each,
    );
    return members.filter((each) => each !== removed);
  }
  const entries = Object.entries(value as Record<string, Json>).map(
    ([name, member]) => [name, name === first ? change(member) : member] as const,
  );
  return Object.fromEntries(entries.filter(([, member]) => member !== removed)) as Json;
}

/** A placeholder for a JSON text that `JSON.stringify` cannot write. */
const markOf = (index: number): string => `@@${index}@@`;

/**
 * A JSON document in which up to four parts are replaced, renamed, removed or added.
 * @param words strings that have a meaning for the code that reads the document.
 */
export function mutatedJson(text: string, words: readonly string[]): fc.Arbitrary<string> {
  const value = JSON.parse(text) as Json;
  const string = fc.oneof(
    fc.constantFrom(...words),
    fc.constantFrom(...nastyStrings),
    fc.string({ unit: "binary", maxLength: 30 }),
  );
  const replacement = fc.oneof(
    string.map((each) => JSON.stringify(each)),
    anyJson,
    fc.integer().map(String),
  );
  const mutation = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom("replace", "remove", "add", "rename"),
    name: string,
    text: replacement,
  });
  const mutationsOf = fc.oneof(
    fc.constant([]),
    fc.array(mutation, { maxLength: 1 }),
    fc.array(mutation, { maxLength: 4 }),
  );
  return mutationsOf.map((mutations) => {
    let document = value;
    for (const [index, { at, kind, name }] of mutations.entries()) {
      const places = placesOf(document);
      const { path } = places[at % places.length] ?? { path: [] };
      document = edited(document, path, editOf(kind, name, markOf(index)));
    }
    let whole = JSON.stringify(document) ?? "null";
    for (const [index, { text: each }] of mutations.entries()) {
      whole = whole.replaceAll(JSON.stringify(markOf(index)), () => each);
    }
    return whole;
  });
}

function editOf(kind: string, name: string, mark: string): Edit | null {
  if (kind === "remove") return null;
  if (kind === "replace") return () => mark;
  return (value) => {
    if (Array.isArray(value)) return [...(value as readonly Json[]), mark];
    if (typeof value !== "object" || value === null) return mark;
    const entries = Object.entries(value);
    if (kind === "add") return Object.fromEntries([...entries, [name, mark]]) as Json;
    return Object.fromEntries([[name, entries[0]?.[1] ?? mark], ...entries.slice(1)]) as Json;
  };
}
