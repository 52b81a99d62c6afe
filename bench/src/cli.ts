/** `npm run bench` runs every scenario in turn; `npm run bench -- NAME…` runs the named ones. */
import { Command } from "commander";
import { scenarioNames } from "./names.ts";
import type { Options } from "./run.ts";

async function main(names: readonly string[], options: Options): Promise<void> {
  const unknown = names.find((name) => scenarioNames.every((known) => known !== name));
  if (unknown !== undefined) {
    throw new Error(`There is no scenario ${unknown}; there are ${scenarioNames.join(", ")}.`);
  }
  const chosen = scenarioNames.filter((name) => names.length === 0 || names.includes(name));
  // Imported only now, because this module loads Posthorn, which takes a second.
  const { runScenarios } = await import("./run.ts");
  await runScenarios(chosen, options);
}

const program = new Command("bench")
  .argument("[scenario...]", `any of: ${scenarioNames.join(", ")}`)
  .option("--rounds <number>", "rounds that are counted", Number, 5)
  .option("--short", "a small run of everything, without judging its numbers", false)
  .option("--only <names>", "only these competitors, by comma", (text) => text.split(","))
  .option("--profile <folder>", "write CPU profiles there, and print the database's statements")
  .option("--no-write", "leave bench/results as it is");
program.parse();
await main(program.args, program.opts<Options>());
