/**
 * `node one-after-another.js COMMAND TRIES` runs a posthorn command once for each try, in one
 * process, because loading the command takes longer than most of its failures. It reports each
 * run's exit code, and exits with the last one.
 */
import path from "node:path";
import { loadCommand } from "../../bin/load-command.cjs";

const [, , command, tries] = process.argv;
const { main } = loadCommand(path.resolve(import.meta.dirname, "../../dist/bundle"));
const inherited = { ...process.env };

for (const { args, environment } of JSON.parse(tries)) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, inherited, environment);
  process.exitCode = 0;
  await main([process.execPath, "posthorn", command, ...args]);
  process.stderr.write(`exit code ${process.exitCode}\n`);
}
