/**
 * `npm start` runs `posthorn dev`, and then builds the docs site. The build takes longer than the
 * start of the service, so it starts later and has the lowest priority.
 */
import { spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
/** By then the service has printed its first steps, even on a slow machine. */
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

// The terminal also sends Ctrl-C to the service, which then stops in order.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => service.kill("SIGTERM"));
service.on("exit", (code, signal) => {
  clearTimeout(timer);
  docs?.kill();
  if (signal === null) process.exitCode = code ?? 1;
  else process.kill(process.pid, signal === "SIGINT" ? "SIGKILL" : signal);
});
