/** `npm run bench` runs every scenario in turn; `npm run bench -- NAME…` runs the named ones. */
import { Command } from "commander";
import { startDatabaseServer, type DatabaseServer } from "./parts/database.ts";
import { startReceiver } from "./parts/receiver.ts";
import { machineFacts } from "./report/machine.ts";
import { formatTable, targetLine, writeResults } from "./report/write.ts";
import { judge, type Context, type Report, type Scenario } from "./scenario.ts";
import { backlog } from "./scenarios/backlog.ts";
import { fanOut } from "./scenarios/fan-out.ts";
import { history } from "./scenarios/history.ts";
import { latency } from "./scenarios/latency.ts";
import { neighbours } from "./scenarios/neighbours.ts";
import { outage } from "./scenarios/outage.ts";
import { recovery } from "./scenarios/recovery.ts";
import { retention } from "./scenarios/retention.ts";
import { throughput } from "./scenarios/throughput.ts";
import { twoProcesses } from "./scenarios/two-processes.ts";

const scenarios: readonly Scenario[] = [
  throughput,
  latency,
  fanOut,
  neighbours,
  backlog,
  history,
  retention,
  recovery,
  outage,
  twoProcesses,
];

const shortScale = 0.02;

interface Options {
  readonly rounds: number;
  readonly short: boolean;
  readonly write: boolean;
  readonly only?: readonly string[];
  readonly profile?: string;
}

async function main(names: readonly string[], options: Options): Promise<void> {
  const unknown = names.find((name) => scenarios.every((scenario) => scenario.name !== name));
  if (unknown !== undefined) {
    throw new Error(`There is no scenario ${unknown}; there are ${list()}.`);
  }
  const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const scenario of chosen) await runOne(scenario, options);
}

function list(): string {
  return scenarios.map(({ name }) => name).join(", ");
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

const program = new Command("bench")
  .argument("[scenario...]", `any of: ${list()}`)
  .option("--rounds <number>", "rounds that are counted", Number, 5)
  .option("--short", "a small run of everything, without judging its numbers", false)
  .option("--only <names>", "only these competitors, by comma", (text) => text.split(","))
  .option("--profile <folder>", "write CPU profiles there, and print the database's statements")
  .option("--no-write", "leave bench/results as it is");
program.parse();
await main(program.args, program.opts<Options>());
