/** What an import did, or would do, with each object. Their names are text from customers. */
import { printable, printableJsonLine } from "../../observe/printable.ts";

export type Kind = "event type" | "application" | "endpoint";

export interface Item {
  readonly kind: Kind;
  readonly name: string;
  /** `known` objects already existed, and were not changed. */
  readonly outcome: "new" | "known" | "failed";
  readonly reason: string | null;
}

export class Report {
  readonly items: Item[] = [];
  /** What is imported in another form, or not at all. */
  readonly notes: string[] = [];

  add(item: Item): void {
    this.items.push(item);
  }

  count(outcome: Item["outcome"], kind: Kind | null = null): number {
    const isCounted = (item: Item): boolean =>
      item.outcome === outcome && (kind === null || item.kind === kind);
    return this.items.filter(isCounted).length;
  }
}

const kinds: readonly Kind[] = ["event type", "application", "endpoint"];

/** True of every import from Svix. */
const alwaysLeft =
  "Messages, attempts and the earlier secrets of rotations are not imported. Keep the old server " +
  "running until its last retry.\n";

/** The report as one line of JSON. */
export function reportJson({ items, notes }: Report): string {
  return printableJsonLine(`${JSON.stringify({ items, notes })}\n`);
}

/** Describes the report for people. */
export function describeReport(report: Report, isDryRun: boolean): string {
  const imported = isDryRun ? "would be imported" : "were imported";
  const counts = kinds.map((kind) => {
    const of = (outcome: Item["outcome"]): number => report.count(outcome, kind);
    return (
      `${kind}s: ${of("new")} ${imported}, ${of("known")} already existed, ` +
      `${of("failed")} could not be imported\n`
    );
  });
  const failures = report.items
    .filter(({ outcome }) => outcome === "failed")
    .map(({ kind, name, reason }) => {
      return `not imported: ${kind} ${printable(name)}\n  ${printable(reason ?? "")}\n`;
    });
  const notes = report.notes.map((note) => `note: ${printable(note)}\n`);
  const next = isDryRun ? "Nothing was changed. Add --apply to import.\n" : "";
  return [...counts, ...failures, ...notes, alwaysLeft, next].join("");
}
