/**
 * `npm run drill -- NAME…` runs the named drills in turn; `all` runs those whose promise is kept;
 * without a name, every drill runs.
 */
import { Command } from "commander";
import { drills } from "./all.ts";
import type { Drill, Report } from "./drill.ts";
import { chanceOf } from "./parts/chance.ts";

interface Options {
  readonly seed: number;
  readonly short: boolean;
  readonly kills?: number;
  readonly break?: string;
}

async function main(given: readonly string[], options: Options): Promise<void> {
  const names = given.filter((name) => name !== "all");
  const unknown = names.find((name) => drills.every((drill) => drill.name !== name));
  if (unknown !== undefined) throw new Error(`There is no drill ${unknown}; there are ${list()}.`);
  const isAll = given.includes("all");
  const isChosen = ({ name, isOpen }: Drill): boolean =>
    given.length === 0 || names.includes(name) || (isAll && isOpen !== true);
  for (const drill of drills.filter(isChosen)) await runOne(drill, options);
}

function list(): string {
  return drills.map(({ name }) => name).join(", ");
}

async function runOne(drill: Drill, options: Options): Promise<void> {
  const broken = options.break ?? null;
  if (broken !== null && drill.mutations?.[broken] === undefined) {
    const known = Object.keys(drill.mutations ?? {}).join(", ") || "nothing";
    throw new Error(`${drill.name} has no mutation ${broken}; it has ${known}.`);
  }
  print(`\n${drill.name}: ${drill.description}`);
  print(
    `seed ${options.seed}${broken === null ? "" : `, without ${drill.mutations?.[broken]?.what}`}`,
  );
  const startedAtMs = performance.now();
  const report = await drill.run({
    seed: options.seed,
    chance: chanceOf(options.seed),
    short: options.short,
    kills: options.kills ?? null,
    broken,
    progress: (text) => void process.stderr.write(`  ${secondsSince(startedAtMs)} ${text}\n`),
  });
  show(drill, report, secondsSince(startedAtMs));
}

function show({ name }: Drill, { figures, violations, skipped }: Report, took: string): void {
  if (skipped !== undefined) return print(`${name}: SKIPPED, ${skipped}`);
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
  .argument("[drill...]", `all, or any of: ${list()}`)
  .option("--seed <number>", "for the same choices again", Number, Date.now() % 1_000_000)
  .option("--short", "the same faults, fewer of them", false)
  .option("--kills <number>", "so many kills of crash, not 200 (in short: 4)", Number)
  .option("--break <defence>", "take a defence away, to see the drill notice");
program.parse();
await main(program.args, program.opts<Options>());
