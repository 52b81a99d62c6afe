/** Rows for other programs: CSV (RFC 4180) and JSON lines. */

export type ExportForm = "csv" | "lines";

export const exportTypes: Readonly<Record<ExportForm, string>> = {
  csv: "text/csv; charset=utf-8; header=present",
  lines: "application/x-ndjson; charset=utf-8",
};

/** @param type a media type in lower case, without parameters. */
export function exportFormOf(type: string | undefined): ExportForm | null {
  if (type === "text/csv") return "csv";
  if (type === "application/x-ndjson" || type === "application/jsonl") return "lines";
  return null;
}

export function toLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

export function toCsv(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(","));
  return [columns.map((column) => cell(column)).join(","), ...lines, ""].join("\r\n");
}

/** What makes a formula of a cell, also after spaces, and in the wide forms of East Asian input. */
const formulaStart = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/**
 * Text that a spreadsheet would take for a formula begins with an apostrophe: a key's name such as
 * `=HYPERLINK(…)` would else run when the audit is opened.
 */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = typeof value === "string" && formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
