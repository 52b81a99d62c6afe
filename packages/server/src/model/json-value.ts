/** Compares JSON texts by value. */
import { canonicalNumber } from "./decimal.ts";

/**
 * Returns true if both texts have the same value. Whitespace, the order of an object's names, and
 * the spelling of numbers and strings make no difference. Numbers are compared as decimal numbers:
 * 1, 1.0 and 1e0 are equal, and none is rounded. If a name is repeated, its last value counts, as
 * in `JSON.parse` and in PostgreSQL's `jsonb`.
 *
 * @param one valid JSON, and so is the other; the program limits how deep both nest.
 */
export function isSameJson(one: string, other: string): boolean {
  return one === other || canonicalJson(one) === canonicalJson(other);
}

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]|true|false|null/gs;

/** Returns the same text for equal values. */
function canonicalJson(text: string): string {
  const tokens = text.matchAll(token);
  const next = (): string => tokens.next().value?.[0] ?? "";

  function valueOf(first: string): string {
    if (first === "[") return arrayOf();
    if (first === "{") return objectOf();
    if (first.startsWith('"')) return JSON.stringify(JSON.parse(first));
    return /^[-\d]/.test(first) ? canonicalNumber(first) : first;
  }

  function arrayOf(): string {
    const values: string[] = [];
    for (let each = next(); each !== "]" && each !== ""; each = next()) {
      if (each !== ",") values.push(valueOf(each));
    }
    return `[${values.join(",")}]`;
  }

  function objectOf(): string {
    const members = new Map<string, string>();
    for (let each = next(); each !== "}" && each !== ""; each = next()) {
      if (each === ",") continue;
      const name = JSON.stringify(JSON.parse(each));
      next();
      members.set(name, valueOf(next()));
    }
    const sorted = [...members].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([name, value]) => `${name}:${value}`).join(",")}}`;
  }

  return valueOf(next());
}
