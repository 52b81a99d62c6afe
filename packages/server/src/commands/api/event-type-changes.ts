/**
 * Compares the event types in a file with the catalogue, and creates the requests that store the
 * differences.
 */
import { isDeepStrictEqual } from "node:util";
import type { Row } from "../../client/api.ts";
import { limits } from "../../limits.ts";
import { printable } from "../../observe/printable.ts";
import type { EventTypeDocument } from "./event-type-document.ts";

export interface EventTypeChange {
  readonly name: string;
  readonly kind: "create" | "update";
  /** The members to store: all members of a new type, and the changed ones of an existing type. */
  readonly fields: Row;
  /** The members' current values. Empty for a new type. */
  readonly before: Row;
}

const compared = [
  "description",
  "schema",
  "example",
  "schema_check",
  "group_name",
  "is_deprecated",
  "feature_flag",
] as const;

/** The columns that the requests contain. */
export const eventTypeColumns = ["name", ...compared] as const;

/**
 * Returns what would change. A member that the file omits keeps its value. An event type that
 * exists only in the catalogue stays.
 * @param present the catalogue's rows by name.
 */
export function changesBetween(
  wanted: readonly EventTypeDocument[],
  present: ReadonlyMap<string, Row>,
): readonly EventTypeChange[] {
  return wanted.flatMap((type): readonly EventTypeChange[] => {
    const row = present.get(type.name);
    const given = compared.filter((name) => type[name] !== undefined);
    if (row === undefined) {
      return [{ name: type.name, kind: "create", fields: pick(type, given), before: {} }];
    }
    const differing = given.filter((name) => !isDeepStrictEqual(type[name], row[name]));
    if (differing.length === 0) return [];
    const [fields, before] = [pick(type, differing), pick(row, differing)];
    return [{ name: type.name, kind: "update", fields, before }];
  });
}

function pick(from: object, names: readonly string[]): Row {
  const members = from as Row;
  return Object.fromEntries(names.map((name) => [name, members[name] ?? null]));
}

/** The request bodies that store the changes, each within the API's size limit. */
export function requestBodies(changes: readonly EventTypeChange[]): readonly string[] {
  const bodies: string[] = [];
  let rows: string[] = [];
  let bytes = 0;
  for (const { name, fields } of changes) {
    const row = JSON.stringify({ name, ...fields });
    const size = Buffer.byteLength(row) + 1;
    const isFull =
      bytes + size + 1 > limits.bodyBytesMax || rows.length === limits.rowsPerInsertMax;
    if (rows.length > 0 && isFull) {
      bodies.push(`[${rows.join(",")}]`);
      [rows, bytes] = [[], 0];
    }
    rows.push(row);
    bytes += size;
  }
  return rows.length === 0 ? bodies : [...bodies, `[${rows.join(",")}]`];
}

/** Describes the changes as lines with + and -. */
export function describeChanges(changes: readonly EventTypeChange[]): string {
  return changes
    .map((change) =>
      linesOf(change)
        .map((line) => `${line}\n`)
        .join(""),
    )
    .join("");
}

function linesOf({ name, kind, fields, before }: EventTypeChange): readonly string[] {
  if (kind === "create") {
    return [
      `+ ${printable(name)}`,
      ...Object.entries(fields).flatMap(([member, value]) => marked("+", member, value)),
    ];
  }
  return [
    `~ ${printable(name)}`,
    ...Object.entries(fields).flatMap(([member, value]) =>
      marked("-", member, before[member]).concat(marked("+", member, value)),
    ),
  ];
}

function marked(mark: string, member: string, value: unknown): readonly string[] {
  if (value === null || value === undefined || value === "") return [];
  const lines = `${member}: ${JSON.stringify(value, null, 2)}`.split("\n");
  return lines.map((line, at) => printable(`    ${mark} ${at === 0 ? "" : "  "}${line}`));
}
