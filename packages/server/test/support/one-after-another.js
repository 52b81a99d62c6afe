/**
 * `node one-after-another.js COMMAND TRIES`: runs a command of posthorn once for each of the tries,
 * in one process, as loading it takes longer than most of its failures. Says after each what it
 * would have exited with; the last one's exit code is this process's own.
 */
import { main } from "../../dist/main.js";

const [, , command, tries] = process.argv;
const inherited = { ...process.env };

for (const { args, environment } of JSON.parse(tries)) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, inherited, environment);
  process.exitCode = 0;
  await main([process.execPath, "posthorn", command, ...args]);
  process.stderr.write(`exit code ${process.exitCode}\n`);
}
