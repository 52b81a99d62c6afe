/**
 * `node one-after-another.js COMMAND FOLDER TRIES` runs a posthorn command from the folder once for
 * each try, in one process, because loading the command takes longer than most of its failures. It
 * reports each run's exit code, and exits with the last one.
 */
import { createRequire } from "node:module";
import path from "node:path";

const [, , command, folder, tries] = process.argv;
const { main } = createRequire(import.meta.url)(path.join(folder, "load.cjs"));
const inherited = { ...process.env };

for (const { args, environment } of JSON.parse(tries)) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, inherited, environment);
  process.exitCode = 0;
  await main([process.execPath, "posthorn", command, ...args]);
  process.stderr.write(`exit code ${process.exitCode}\n`);
}
