/** Tables for people, with aligned columns, local times, and no character that moves the cursor. */
import { printable } from "../observe/printable.ts";
import type { Row } from "./api.ts";

export interface Column {
  readonly title: string;
  value(row: Row): string;
}

/** Returns lines of aligned columns below their titles, or a sentence if there are no rows. */
export function formatTable(columns: readonly Column[], rows: readonly Row[]): string {
  if (rows.length === 0) return "No rows.\n";
  const cells = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map((column) => printable(column.value(row)))),
  ];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => lengthOf(line[at]))));
  return cells
    .map((line) => line.map((cell, at) => padded(cell, widths[at] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** Returns one line for each fact, with aligned values. */
export function formatFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${padded(name, width)}  ${printable(value)}\n`).join("");
}

/** A column that shows a member unchanged, and `-` for null. */
export function plain(name: string, title: string = name.replaceAll("_", " ")): Column {
  return { title, value: (row) => textOf(row[name]) };
}

/** A column that shows a time of the API in local time. */
export function time(name: string, timeZone: string | undefined, title: string): Column {
  return { title, value: (row) => localTime(row[name], timeZone) };
}

/** Formats a time of the API as `2026-11-30 15:49:47`; `-` for null. */
export function localTime(value: unknown, timeZone: string | undefined): string {
  if (typeof value !== "string") return "-";
  const format = new Intl.DateTimeFormat("sv-SE", {
    dateStyle: "short",
    timeStyle: "medium",
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return format.format(new Date(value));
}

/** Formats any member as text: `-` for null, a list with commas, other values as JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) {
    return value.join(",");
  }
  return JSON.stringify(value);
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - lengthOf(text)));
}

const segmenter = new Intl.Segmenter();

/** Counts the characters that a person sees, not UTF-16 units. */
function lengthOf(text: string | undefined = ""): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : Array.from(segmenter.segment(text)).length;
}
