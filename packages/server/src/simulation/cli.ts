/**
 * `npm run simulate -- --seed N --runs N`: reproduces a failure from its seed, or looks for one.
 */
import { Command } from "commander";
import { sometimes } from "./ledger.ts";
import { simulate, stopAtRandom } from "./run.ts";

const program = new Command("simulate")
  .option("--seed <number>", "the first seed", "1")
  .option("--runs <number>", "how many seeds, one after the other", "200");
program.parse();
const options = program.opts<{ seed: string; runs: string }>();

const seen = new Set<string>();
let [events, deliveries, requests] = [0, 0, 0];
try {
  for (let run = 0; run < Number(options.runs); run += 1) {
    const seed = Number(options.seed) + run;
    const left = await stopAtRandom(seed);
    if (left.length > 0) throw new Error(`seed ${seed}: a stopped node has leased ${left.join()}`);
    const result = await simulate(seed);
    events += result.events;
    deliveries += result.deliveries;
    requests += result.requests;
    for (const what of result.seen) seen.add(what);
  }
  process.stdout.write(
    `${options.runs} runs from seed ${options.seed}: ${events} events, ${deliveries} deliveries, ` +
      `${requests} requests, no violation\n`,
  );
  for (const what of sometimes) {
    process.stdout.write(`  ${seen.has(what) ? "seen " : "NEVER"} ${what}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
