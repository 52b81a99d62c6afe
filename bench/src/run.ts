/** Runs scenarios, and prints and keeps their results. */
import { startDatabaseServer, type DatabaseServer } from "./parts/database.ts";
import { startReceiver } from "./parts/receiver.ts";
import type { ScenarioName } from "./names.ts";
import { machineFacts } from "./report/machine.ts";
import { formatTable, targetLine, writeResults } from "./report/write.ts";
import { judge, type Context, type Report, type Scenario } from "./scenario.ts";
import { backlog } from "./scenarios/backlog.ts";
import { coldStart } from "./scenarios/cold-start.ts";
import { fanOut } from "./scenarios/fan-out.ts";
import { history } from "./scenarios/history.ts";
import { latency } from "./scenarios/latency.ts";
import { neighbours } from "./scenarios/neighbours.ts";
import { outage } from "./scenarios/outage.ts";
import { recovery } from "./scenarios/recovery.ts";
import { retention } from "./scenarios/retention.ts";
import { throughput } from "./scenarios/throughput.ts";
import { twoProcesses } from "./scenarios/two-processes.ts";

const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  throughput,
  latency,
  "cold-start": coldStart,
  "fan-out": fanOut,
  neighbours,
  backlog,
  history,
  retention,
  recovery,
  outage,
  "two-processes": twoProcesses,
};

const shortScale = 0.02;

export interface Options {
  readonly rounds: number;
  readonly short: boolean;
  readonly write: boolean;
  readonly only?: readonly string[];
  readonly profile?: string;
}

export async function runScenarios(
  names: readonly ScenarioName[],
  options: Options,
): Promise<void> {
  for (const name of names) await runOne(scenarios[name], options);
}

async function runOne(scenario: Scenario, options: Options): Promise<void> {
  print(`\n${scenario.name}: ${scenario.description}`);
  const server = await startDatabaseServer(
    options.profile !== undefined || scenario.timesStatements === true,
  );
  const receiver = await startReceiver();
  try {
    const startedAt = new Date();
    const context: Context = {
      server,
      receiver,
      redisUrl: process.env["REDIS_URL"] || null,
      rounds: options.rounds,
      scale: options.short ? shortScale : 1,
      only: options.only ?? null,
      profileDir: options.profile ?? null,
      progress: (text) => void process.stderr.write(`  ${elapsed(startedAt)} ${text}\n`),
    };
    const report = await scenario.run(context);
    show(report, options);
    if (options.profile !== undefined) await showStatements(server);
    if (options.write && !options.short && isWhole(options)) {
      const facts = await machineFacts(server.version);
      await writeResults({ scenario, startedAt, facts, options, report });
    }
  } finally {
    await receiver.stop();
    await server.stop();
  }
}

/**
 * Keeps only complete results, not those of single competitors or those that include a profiler's
 * cost.
 */
function isWhole({ only, profile }: Options): boolean {
  return only === undefined && profile === undefined;
}

async function showStatements(server: DatabaseServer): Promise<void> {
  for (const { query, calls, rows, total_ms: totalMs } of await server.statements()) {
    const text = query.replaceAll(/\s+/g, " ").slice(0, 110);
    print(`${Math.round(totalMs)} ms  ${calls} calls  ${rows} rows  ${text}`);
  }
}

function show(report: Report, { short: isShort, only }: Options): void {
  print(formatTable(report.table));
  for (const note of report.notes ?? []) print(note);
  for (const failure of report.failures) print(`FAILED  ${failure}`);
  const { targets, isWell } = judge(report, { isShort, isPart: only !== undefined });
  for (const target of targets) print(targetLine(target));
  if (!isWell) process.exitCode = 1;
}

function elapsed(since: Date): string {
  return `${Math.round((Date.now() - since.getTime()) / 1000)} s`.padStart(6);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
