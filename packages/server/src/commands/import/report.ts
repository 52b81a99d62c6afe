/** What an import did, or would do, with each object. */

export type Kind = "event type" | "application" | "endpoint";

export interface Item {
  readonly kind: Kind;
  readonly name: string;
  /** `known` objects were there before, and did not change. */
  readonly outcome: "new" | "known" | "failed";
  readonly reason: string | null;
}

export class Report {
  readonly items: Item[] = [];
  /** What comes in another form. */
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

/** What no import from Svix brings, whatever the server contains. */
const alwaysLeft =
  "Messages, attempts and secrets of an earlier rotation do not come. Let both services send until " +
  "the last overlap has ended.\n";

/** Describes the report for people. */
export function describeReport(report: Report, isDryRun: boolean): string {
  const verb = isDryRun ? "would be imported" : "were imported";
  const counts = kinds.map((kind) => {
    const [fresh, known, failed] = (["new", "known", "failed"] as const).map((outcome) =>
      report.count(outcome, kind),
    );
    return `${kind}s: ${fresh} ${verb}, ${known} were there before, ${failed} cannot come\n`;
  });
  const failures = report.items
    .filter(({ outcome }) => outcome === "failed")
    .map(({ kind, name, reason }) => `cannot come: ${kind} ${name}\n  ${reason ?? ""}\n`);
  const notes = report.notes.map((note) => `note: ${note}\n`);
  const next = isDryRun ? "Nothing was changed. Add --apply to import.\n" : "";
  return [...counts, ...failures, ...notes, alwaysLeft, next].join("");
}
