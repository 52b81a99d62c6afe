/** A cursor over text, and the parts of PostgREST's grammar that all parameters share. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";

export type JsonStep = { readonly arrow: "->" | "->>"; readonly key: string | number };

/** A column, and a path into its JSON if there is one. */
export interface Field {
  readonly column: string;
  readonly path: readonly JsonStep[];
}

/** Reports what was expected at a position, as `PGRST100` with PostgREST's wording. */
export class Cursor {
  readonly #what: string;
  readonly text: string;
  at = 0;

  /** @param what PostgREST's name for this parameter, e.g. `filter`, `logic tree`, `order`. */
  constructor(what: string, text: string) {
    this.#what = what;
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  get rest(): string {
    return this.text.slice(this.at);
  }

  /** Skips `token` if the text continues with it. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error(`"${token}"`);
  }

  /** Skips the text that the sticky `pattern` matches at the current position, and returns it. */
  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return null;
    this.at += found.length;
    return found;
  }

  skipSpaces(): void {
    this.match(/[ \t]*/y);
  }

  error(expecting: string): PosthornError {
    const next = this.text[this.at];
    const unexpected = next === undefined ? "end of input" : JSON.stringify(next);
    return new PosthornError(
      "PGRST100",
      { what: `${this.#what} (${this.text})`, column: this.at + 1 },
      { details: `unexpected ${unexpected} expecting ${expecting}` },
    );
  }
}

/** Parses `"…"`, in which a backslash makes the next character literal. */
export function quoted(cursor: Cursor): string | null {
  const found = cursor.match(/"(?:[^"\\]|\\[\s\S])*"/y);
  return found === null ? null : found.slice(1, -1).replaceAll(/\\([\s\S])/g, "$1");
}

export function fieldName(cursor: Cursor): string {
  const inQuotes = quoted(cursor);
  if (inQuotes !== null) return inQuotes;
  const found = cursor.match(/[\p{L}\p{N}_$ ]+(?:-(?!>)[\p{L}\p{N}_$ ]+)*/uy);
  if (found === null || found.trim() === "") throw cursor.error("field name (* or [a..z0..9_$])");
  return found.trim();
}

export function field(cursor: Cursor): Field {
  const column = fieldName(cursor);
  const path: JsonStep[] = [];
  for (;;) {
    const arrow = cursor.take("->>") ? "->>" : cursor.take("->") ? "->" : null;
    if (arrow === null) return { column, path };
    path.push({ arrow, key: jsonKey(cursor) });
    if (path.length > limits.jsonPathStepsMax) {
      const most = limits.jsonPathStepsMax;
      throw new PosthornError("PH_QUERY_TOO_COMPLEX", { what: "steps in a JSON path", most });
    }
  }
}

function jsonKey(cursor: Cursor): string | number {
  const index = cursor.match(/-?\d+(?=$|->|[:.,)])/y);
  if (index !== null) return Number(index);
  const inQuotes = quoted(cursor);
  if (inQuotes !== null) return inQuotes;
  const name = cursor.match(/[^(\-:.,>)]+(?:-(?!>)[^(\-:.,>)]+)*/y);
  if (name === null) throw cursor.error('any non reserved character different from: ".,>()"');
  return name;
}
