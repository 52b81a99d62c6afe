/**
 * Finds the texts of numbers inside JSON text, because `JSON.parse` is exact only up to 15 digits.
 */

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]/gs;

/** Returns true if the JSON text may contain a number that a double cannot represent exactly. */
export function mayHoldLongNumbers(json: string): boolean {
  return /\d[\d.]{15}|\d[eE]/.test(json);
}

type Container = Readonly<Record<string | number, unknown>>;

export type NumberTexts = ReadonlyMap<unknown, ReadonlyMap<string | number, string>>;

/**
 * Returns the texts of all numbers in arrays and objects, by their container and their name or
 * index in it. They are not stored by path, because paths repeat names, and names may be long.
 * @param json valid JSON text.
 * @param parsed the result of `JSON.parse` for it.
 */
export function numberTexts(json: string, parsed: unknown): NumberTexts {
  const texts = new Map<unknown, Map<string | number, string>>();
  const open: { readonly container: unknown; at: string | number }[] = [];
  let name = '""';
  for (const [text] of json.matchAll(token)) {
    const inside = open.at(-1);
    switch (text) {
      case "{":
      case "[": {
        const container = inside === undefined ? parsed : childOf(inside.container, inside.at);
        open.push({ container, at: text === "[" ? 0 : "" });
        break;
      }
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        if (typeof inside?.at === "number") inside.at += 1;
        break;
      case ":":
        if (inside !== undefined) inside.at = JSON.parse(name) as string;
        break;
      default:
        if (text.startsWith('"')) name = text;
        // If a name is repeated, the last one counts, as in `JSON.parse`.
        else if (inside !== undefined) memberOf(texts, inside.container).set(inside.at, text);
    }
  }
  return texts;
}

/**
 * Returns the child of a container. Null if an object repeats a name and the earlier value was
 * dropped.
 */
function childOf(container: unknown, at: string | number): unknown {
  if (typeof container !== "object" || container === null) return null;
  return (container as Container)[at] ?? null;
}

function memberOf(
  texts: Map<unknown, Map<string | number, string>>,
  container: unknown,
): Map<string | number, string> {
  const members = texts.get(container) ?? new Map<string | number, string>();
  texts.set(container, members);
  return members;
}
