/** Finds members in JSON text without changing a byte of them, e.g. a number with 20 digits. */

/** The wanted members of one JSON value, by name or index. */
interface Wanted {
  /** Where the value's text goes; null if only members of it are wanted. */
  index: number | null;
  readonly members: Map<string, Wanted>;
}

/**
 * Paths into the data of events. All of them are found in one pass over the data, because each
 * pass over a large event costs as much as the rest of its attempt.
 */
export class JsonPaths {
  readonly #root: Wanted = { index: null, members: new Map() };
  #count = 0;
  #found = new WeakMap<object, readonly (string | null)[]>();

  /**
   * Adds a path.
   *
   * @param path names of members, or indexes of lists.
   * @returns the number with which `at` finds its value.
   */
  add(path: readonly string[]): number {
    let wanted = this.#root;
    for (const name of path) {
      let member = wanted.members.get(name);
      if (member === undefined) {
        member = { index: null, members: new Map() };
        wanted.members.set(name, member);
      }
      wanted = member;
    }
    if (wanted.index === null) {
      wanted.index = this.#count;
      this.#count += 1;
      this.#found = new WeakMap();
    }
    return wanted.index;
  }

  /**
   * The JSON text of the value at a path; of members with the same name, the last one.
   *
   * @param event the object whose data it is; the values are kept as long as it is.
   * @param json its data: valid JSON text.
   * @returns null if there is no such value.
   */
  at(index: number, event: object, json: string): string | null {
    let found = this.#found.get(event);
    if (found === undefined) {
      found = valuesAt(json, this.#root, this.#count);
      this.#found.set(event, found);
    }
    return found[index] ?? null;
  }
}

/** Each member of a JSON object, in its order, as pairs of name and JSON text. */
export function jsonMembers(json: string): readonly (readonly [string, string])[] {
  const members: [string, string][] = [];
  const start = afterSpace(json, 0);
  if (json[start] !== "{") return members;
  eachChild(json, start, (name, from) => {
    const end = endOf(json, from);
    members.push([name, json.slice(from, end)]);
    return end;
  });
  return members;
}

function valuesAt(json: string, root: Wanted, count: number): readonly (string | null)[] {
  const values = Array.from<string | null>({ length: count }).fill(null);
  const visit = (wanted: Wanted, start: number): number => {
    const isList = json[start] === "[";
    const isParent = wanted.members.size > 0 && (isList || json[start] === "{");
    const end = !isParent
      ? endOf(json, start)
      : eachChild(json, start, (name, from) => {
          const member = wanted.members.get(name);
          if (member === undefined) return endOf(json, from);
          // A later member with the same name replaces the whole earlier one.
          forget(member, values);
          return visit(member, from);
        });
    if (wanted.index !== null) values[wanted.index] = json.slice(start, end);
    return end;
  };
  visit(root, afterSpace(json, 0));
  return values;
}

function forget({ index, members }: Wanted, values: (string | null)[]): void {
  if (index !== null) values[index] = null;
  for (const member of members.values()) forget(member, values);
}

/**
 * Calls `visit` with the name, or the index, and the start of each child. It must return the
 * child's end.
 *
 * @returns the end of the object or list that starts at `start`.
 */
function eachChild(
  json: string,
  start: number,
  visit: (name: string, start: number) => number,
): number {
  const isList = json[start] === "[";
  let at = afterSpace(json, start + 1);
  for (let index = 0; json[at] !== "]" && json[at] !== "}"; index += 1) {
    let name = String(index);
    if (!isList) {
      const end = endOfString(json, at);
      name = JSON.parse(json.slice(at, end)) as string;
      // The colon comes next.
      at = afterSpace(json, afterSpace(json, end) + 1);
    }
    at = afterSpace(json, visit(name, at));
    if (json[at] === ",") at = afterSpace(json, at + 1);
    if (at >= json.length) throw new Error("The data is not JSON.");
  }
  return at + 1;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

function afterSpace(json: string, start: number): number {
  let at = start;
  while (at < json.length && json.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** The end of the value that starts here. */
function endOf(json: string, start: number): number {
  const first = json.charCodeAt(start);
  if (first === quote) return endOfString(json, start);
  if (isOpening(first)) return endOfNested(json, start);
  let at = start;
  for (; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code <= 0x20 || code === comma || isClosing(code)) break;
  }
  return at;
}

function endOfNested(json: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === quote) {
      at = endOfString(json, at);
      continue;
    }
    at += 1;
    if (isOpening(code)) depth += 1;
    else if (isClosing(code)) {
      depth -= 1;
      if (depth === 0) break;
    }
  }
  return at;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  for (; at < json.length && json.charCodeAt(at) !== quote; at += 1) {
    if (json.charCodeAt(at) === backslash) at += 1;
  }
  return at + 1;
}

function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}
