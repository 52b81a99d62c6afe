/** Writes reports as text, JSON and charts. */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { isMet, type Report, type Scenario, type Table, type Target } from "../scenario.ts";
import type { MachineFacts } from "./machine.ts";

export interface Results {
  readonly scenario: Scenario;
  readonly startedAt: Date;
  readonly facts: MachineFacts;
  readonly options: { readonly rounds: number };
  readonly report: Report;
}

/** Writes `bench/results/NAME.json`, and also `NAME.svg` if the report has a chart. */
export async function writeResults(results: Results): Promise<void> {
  const { scenario, startedAt, facts, options, report } = results;
  const folder = fileURLToPath(new URL("../../results/", import.meta.url));
  await mkdir(folder, { recursive: true });
  const json = {
    scenario: scenario.name,
    startedAt: startedAt.toISOString(),
    rounds: options.rounds,
    machine: facts,
    targets: report.targets.map((target) => ({ ...target, met: isMet(target) })),
    failures: report.failures,
    table: report.table,
    notes: report.notes ?? [],
    data: report.data,
  };
  await writeFile(`${folder}${scenario.name}.json`, `${JSON.stringify(json, null, 2)}\n`);
  // Loading the library for charts takes longer than a short run's other modules together.
  const { barChart } = await import("./chart.ts");
  for (const [index, chart] of (report.charts ?? []).entries()) {
    const name = index === 0 ? scenario.name : `${scenario.name}-${index + 1}`;
    await writeFile(`${folder}${name}.svg`, barChart(chart));
  }
}

export function formatTable({ head, rows }: Table): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("   ");
  return [line(head), ...rows.map(line)].join("\n");
}

export function targetLine(target: Target): string {
  const { text, measured } = target;
  const value = measured >= 100 ? Math.round(measured).toString() : measured.toFixed(2);
  return `${isMet(target) ? "met   " : "MISSED"}  ${text}: ${value}`;
}
