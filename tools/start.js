/**
 * `npm start`: runs `posthorn dev`, and builds the docs site beside it. The site takes longer to
 * build than the service to start, so the build begins later and with the lowest priority.
 */
import { spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
/** The first steps are printed by then, also on a slow machine. */
const docsAfterMs = 10_000;

const service = spawn(
  process.execPath,
  [path.join(root, "packages/server/bin/posthorn.js"), "dev", ...process.argv.slice(2)],
  { stdio: "inherit" },
);

let docs = null;
const timer = setTimeout(() => {
  docs = spawn(process.execPath, [path.join(root, "tools/build-docs.js")], { stdio: "ignore" });
  docs.on("error", () => {});
  if (docs.pid !== undefined) os.setPriority(docs.pid, os.constants.priority.PRIORITY_LOW);
}, docsAfterMs);

// A terminal sends Ctrl-C to the service as well, which then stops in order.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => service.kill("SIGTERM"));
service.on("exit", (code, signal) => {
  clearTimeout(timer);
  docs?.kill();
  if (signal === null) process.exitCode = code ?? 1;
  else process.kill(process.pid, signal === "SIGINT" ? "SIGKILL" : signal);
});
