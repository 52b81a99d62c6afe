/** Finds a member in JSON text without changing a byte of it, e.g. a number with 20 digits. */

/** Strings, punctuation, other scalars. Everything else is white space. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/**
 * The JSON text of the value at a path; of members with the same name, the last one.
 *
 * @param json valid JSON text.
 * @param path names of members, or indexes of lists.
 * @returns null if there is no such value.
 */
export function jsonAt(json: string, path: readonly string[]): string | null {
  let text: string | null = json.trim();
  for (const name of path) {
    if (text === null) return null;
    text = childOf(text, name);
  }
  return text;
}

/** Each member of a JSON object, in its order, as pairs of name and JSON text. */
export function jsonMembers(json: string): readonly (readonly [string, string])[] {
  const members: [string, string][] = [];
  eachChild(json.trim(), (name, text) => {
    if (typeof name === "string") members.push([name, text]);
  });
  return members;
}

function childOf(json: string, name: string): string | null {
  let found: string | null = null;
  eachChild(json, (child, text) => {
    if (String(child) === name) found = text;
  });
  return found;
}

/** Calls `visit` for each member of an object and each item of a list. */
function eachChild(json: string, visit: (name: string | number, text: string) => void): void {
  const isObject = json.startsWith("{");
  if (!isObject && !json.startsWith("[")) return;
  let depth = 0;
  let name: string | number = isObject ? "" : 0;
  let start = -1;
  let end = -1;
  for (const match of json.matchAll(token)) {
    const [text] = match;
    const isOpening = text === "{" || text === "[";
    const isClosing = text === "}" || text === "]";
    if (depth === 1 && (text === "," || (isClosing && start >= 0))) {
      visit(name, json.slice(start, end));
      start = -1;
      if (typeof name === "number") name += 1;
    }
    if (isClosing) depth -= 1;
    if (depth === 1 && text === ":") {
      name = JSON.parse(json.slice(start, end)) as string;
      start = -1;
    } else if (depth >= 1 && text !== "," && start < 0) start = match.index;
    if (isOpening) depth += 1;
    end = match.index + text.length;
  }
}
