/**
 * Other formats of rows: CSV (RFC 4180), JSON lines, JSON without nulls. They are made from JSON
 * text, so that numbers beyond a double's precision do not change.
 */

export function toLines(rows: readonly string[]): string {
  // Valid JSON has line breaks only between tokens, where a space means the same.
  return rows.map((row) => `${row.replaceAll(/[\r\n]+/g, " ")}\n`).join("");
}

/** @param rows for each row, the JSON text of each member by name. */
export function toCsv(
  columns: readonly string[],
  rows: readonly ReadonlyMap<string, string>[],
): string {
  const lines = rows.map((row) => columns.map((column) => cell(row.get(column))).join(","));
  return [columns.map((column) => textCell(column)).join(","), ...lines, ""].join("\r\n");
}

function cell(json: string | undefined): string {
  if (json === undefined || json === "null") return "";
  return json.startsWith('"') ? textCell(JSON.parse(json) as string) : quoted(json);
}

/**
 * Characters that start a formula in a spreadsheet, also after spaces and in the full-width forms
 * of East Asian input.
 */
const formulaStart = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/**
 * A text that a spreadsheet would read as a formula gets a leading apostrophe. Otherwise a key with
 * the name `=HYPERLINK(…)` would run when someone opens an export of the audit.
 */
function textCell(text: string): string {
  return quoted(formulaStart.test(text) ? `'${text}` : text);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/**
 * Removes null members at every depth, like PostgreSQL's `json_strip_nulls` and so PostgREST. Nulls
 * in arrays remain.
 */
export function withoutNulls(json: string): string {
  const written: string[] = [];
  const open: { readonly isArray: boolean; members: number }[] = [];
  let name: string | null = null;
  const write = (value: string): void => {
    const inside = open.at(-1);
    if (inside !== undefined && inside.members > 0) written.push(",");
    if (inside !== undefined) inside.members += 1;
    if (name !== null) written.push(name, ":");
    name = null;
    written.push(value);
  };
  for (const [text] of json.matchAll(token)) {
    const isNamed = open.at(-1)?.isArray === false;
    if (text === "," || text === ":") continue;
    if (text === "}" || text === "]") {
      open.pop();
      written.push(text);
    } else if (isNamed && name === null) name = text;
    else if (isNamed && text === "null") name = null;
    else {
      write(text);
      if (text === "{" || text === "[") open.push({ isArray: text === "[", members: 0 });
    }
  }
  return written.join("");
}
