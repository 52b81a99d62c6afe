/** `npm run drill -- NAME…`: the drills named, in turn; without a name: all of them. */
import { Command } from "commander";
import type { Drill, Report } from "./drill.ts";
import { crash } from "./drills/crash.ts";
import { takeOver } from "./drills/take-over.ts";
import { crashPoints } from "./drills/crash-points.ts";
import { database } from "./drills/database.ts";
import { deploy } from "./drills/deploy.ts";
import { receivers } from "./drills/receivers.ts";
import { failover } from "./drills/failover.ts";
import { twoNodes } from "./drills/two-nodes.ts";
import { wideOrg } from "./drills/wide-org.ts";
import { upgrade } from "./drills/upgrade.ts";
import { chanceOf } from "./parts/chance.ts";

const drills: readonly Drill[] = [
  crash,
  takeOver,
  crashPoints,
  twoNodes,
  database,
  failover,
  receivers,
  deploy,
  upgrade,
  wideOrg,
];

interface Options {
  readonly seed: number;
  readonly short: boolean;
  readonly break?: string;
  readonly from?: string;
}

async function main(names: readonly string[], options: Options): Promise<void> {
  const unknown = names.find((name) => drills.every((drill) => drill.name !== name));
  if (unknown !== undefined) throw new Error(`There is no drill ${unknown}; there are ${list()}.`);
  const chosen = drills.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const drill of chosen) await runOne(drill, options);
}

function list(): string {
  return drills.map(({ name }) => name).join(", ");
}

async function runOne(drill: Drill, options: Options): Promise<void> {
  const broken = options.break ?? null;
  if (broken !== null && drill.breaks?.[broken] === undefined) {
    const known = Object.keys(drill.breaks ?? {}).join(", ") || "nothing";
    throw new Error(`${drill.name} cannot break ${broken}; it can break ${known}.`);
  }
  print(`\n${drill.name}: ${drill.description}`);
  print(
    `seed ${options.seed}${broken === null ? "" : `, without ${drill.breaks?.[broken]?.what}`}`,
  );
  const startedAtMs = performance.now();
  const report = await drill.run({
    seed: options.seed,
    chance: chanceOf(options.seed),
    short: options.short,
    broken,
    from: options.from ?? null,
    progress: (text) => void process.stderr.write(`  ${secondsSince(startedAtMs)} ${text}\n`),
  });
  show(drill, report, secondsSince(startedAtMs));
}

function show({ name }: Drill, { figures, violations }: Report, took: string): void {
  for (const figure of figures) print(`  ${figure}`);
  for (const violation of violations) print(`  BROKEN  ${violation}`);
  print(violations.length === 0 ? `${name}: held (${took})` : `${name}: NOT HELD (${took})`);
  if (violations.length > 0) process.exitCode = 1;
}

function secondsSince(startedAtMs: number): string {
  return `${Math.round((performance.now() - startedAtMs) / 1000)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const program = new Command("drill")
  .argument("[drill...]", `any of: ${list()}`)
  .option("--seed <number>", "for the same choices again", Number, Date.now() % 1_000_000)
  .option("--short", "the same faults, fewer of them", false)
  .option("--from <commit>", "upgrade: the release before")
  .option("--break <defence>", "take a defence away, to see the drill notice");
program.parse();
await main(program.args, program.opts<Options>());
