/**
 * Splits valid JSON text into its parts without changing them. Parsing would lose numbers past
 * 2^53, key order and repeated keys.
 */

/**
 * Copies a text, because V8 creates substrings without copying. Without this, a queued event would
 * keep the whole request body in memory, with a hundred other events that no limit counts. The copy
 * takes 0.4 µs for 500 bytes.
 */
export function standingAlone(text: string): string {
  return Buffer.from(text).toString();
}

/** The texts of an array's elements. `text` must be a valid JSON array. */
export function elementTexts(text: string): string[] {
  const elements: string[] = [];
  let at = skipSpaces(text, text.indexOf("[") + 1);
  while (text[at] !== "]") {
    const end = valueEnd(text, at);
    elements.push(text.slice(at, end));
    at = skipSpaces(text, end);
    if (text[at] === ",") at = skipSpaces(text, at + 1);
  }
  return elements;
}

/**
 * The texts of an object's members. If a name is repeated, the last one counts, as in `JSON.parse`.
 */
export function memberTexts(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipSpaces(text, text.indexOf("{") + 1);
  while (text[at] !== "}") {
    const nameEnd = stringEnd(text, at);
    const name = stringValue(text.slice(at, nameEnd));
    const start = skipSpaces(text, skipSpaces(text, nameEnd) + 1);
    const end = valueEnd(text, start);
    members.set(name, text.slice(start, end));
    at = skipSpaces(text, end);
    if (text[at] === ",") at = skipSpaces(text, at + 1);
  }
  return members;
}

function stringValue(quoted: string): string {
  return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** True if `text` nests more than `depthMax` arrays and objects. The text may be invalid. */
export function isDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === "[" || character === "{") {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (character === "]" || character === "}") depth -= 1;
  }
  return false;
}

function skipSpaces(text: string, at: number): number {
  let next = at;
  while (isSpace(text.charCodeAt(next))) next += 1;
  return next;
}

/** Space, tab, line feed and carriage return are JSON's only whitespace. */
function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

/**
 * Returns the position after the string's closing quote, or the end of the text if there is none.
 * It searches for the quote instead of reading each character, because strings make up most of a
 * payload.
 */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === -1 ? text.length : quote + 1;
}

const backslash = 92;

/** A quote is escaped if an odd number of backslashes precede it. */
function isEscaped(text: string, quote: number): boolean {
  let first = quote;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (quote - first) % 2 === 1;
}

function valueEnd(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  if (first !== "{" && first !== "[") {
    let at = start;
    while (at < text.length && !/[,\]}\s]/.test(text[at] ?? "")) at += 1;
    return at;
  }
  let depth = 0;
  let at = start;
  for (;;) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at);
    else {
      if (character === "{" || character === "[") depth += 1;
      else if (character === "}" || character === "]") depth -= 1;
      at += 1;
      if (depth === 0) return at;
    }
  }
}
