/** The texts of numbers inside JSON text: `JSON.parse` keeps 15 digits of them for certain. */

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]/gs;

/** True if the JSON text may hold a number that a double does not keep as it is written. */
export function mayHoldLongNumbers(json: string): boolean {
  return /\d[\d.]{15}|\d[eE]/.test(json);
}

type Container = Readonly<Record<string | number, unknown>>;

export type NumberTexts = ReadonlyMap<unknown, ReadonlyMap<string | number, string>>;

/**
 * The texts of all numbers in arrays and objects, by the container they are in and their name or
 * place there. By container and not by path: paths repeat their names, and names may be long.
 *
 * @param json valid JSON text.
 * @param parsed what `JSON.parse` made of it.
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
        // Of a repeated name the last counts, as `JSON.parse` takes it.
        else if (inside !== undefined) memberOf(texts, inside.container).set(inside.at, text);
    }
  }
  return texts;
}

/** Null where an object repeats a name, and what stood there first was dropped. */
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
