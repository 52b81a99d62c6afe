/**
 * `npm test` checks types, lint and format, then runs every test. Its last line is `N passed, N
 * failed`, where each of the three checks counts as one test. It exits with 1 if anything failed or
 * no test ran. Arguments go to vitest: `npm test -- packages/server/src/model` runs the tests of
 * one folder. At the end, also after Ctrl-C, it removes everything that the tests left in the
 * temporary folder, and stops their servers.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, readlink, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The npm scripts to run before the tests. */
const checks = ["typecheck", "lint", "format:check"];

/** If a step takes longer than this, it hangs. */
const stepMs = 30 * 60_000;
/** How long a step may take to clean up after an interruption. */
const graceMs = 15_000;
/** How long a database server may take for an immediate shutdown. */
const serverExitMs = 10_000;

/** The name of the signal that asked this process to end, or an empty string. */
let interruption = "";
/** The process of the running step, which leads its own process group. */
let child = null;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // Passes the signal on exactly once, because the terminal's Ctrl-C does not reach the step's
    // process group.
    interruption ||= signal;
    if (child !== null) endGroup(child.pid, signal, graceMs);
  });
}

// Ignores errors, because a closed terminal or pipe must not prevent the cleanup.
process.stdout.on("error", () => undefined);

const counts = { passed: 0, failed: 0 };
const temporary = await makeTemporaryFolder();
try {
  for (const check of checks) await runCheck(check);
  if (interruption === "") await runTests(process.argv.slice(2));
} finally {
  await cleanUp(temporary);
}
if (interruption !== "") {
  counts.failed += 1;
  console.log(`\nInterrupted by ${interruption}.`);
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

async function runCheck(name) {
  if (interruption !== "") return;
  console.log(`\n— ${name}`);
  // npm sets this variable to its own path.
  const npm = process.env.npm_execpath;
  const args = ["run", "--silent", name];
  const code = await (npm === undefined ? run("npm", args) : run(process.execPath, [npm, ...args]));
  counts[code === 0 ? "passed" : "failed"] += 1;
  if (code !== 0) console.log(`${name} failed (${code}).`);
}

async function runTests(filters) {
  console.log("\n— tests");
  const report = join(temporary, "report.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await run(process.execPath, [vitest, "run", ...reporters, ...filters]);
  if (interruption !== "") return;
  const tests = await countTests(report);
  counts.passed += tests.passed;
  counts.failed += tests.failed;
  if (tests.passed + tests.failed === 0) {
    console.log("No test ran.");
    counts.failed += 1;
  } else if (code !== 0 && tests.failed === 0) {
    console.log(`All tests passed, but vitest failed (${code}): see above.`);
    counts.failed += 1;
  }
}

/** A test file that fails to load contains no tests, so it counts as one failed test. */
async function countTests(reportPath) {
  const text = await readFile(reportPath, "utf8").catch(() => null);
  if (text === null) return { passed: 0, failed: 0 };
  const report = JSON.parse(text);
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}

/**
 * Runs a step and shows its output. Returns its exit code, or the name of the signal that ended it.
 */
async function run(command, args) {
  child = spawn(command, args, {
    cwd: root,
    detached: true,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const { pid } = child;
  const timer = setTimeout(() => {
    console.log(`Ended after ${stepMs / 60_000} minutes.`);
    endGroup(pid, "SIGTERM", graceMs);
  }, stepMs);
  try {
    const [code, signal] = await once(child, "exit");
    return code ?? signal;
  } catch (error) {
    return error.message;
  } finally {
    clearTimeout(timer);
    child = null;
    // Kills the processes that the step started and left running.
    if (pid !== undefined) signalGroup(pid, "SIGKILL");
  }
}

function endGroup(pid, signal, withinMs) {
  signalGroup(pid, signal);
  setTimeout(() => child?.pid === pid && signalGroup(pid, "SIGKILL"), withinMs).unref();
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH" && error.code !== "EPERM") throw error;
  }
}

async function makeTemporaryFolder() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "posthorn-npm-test-")));
  // Root's database servers run as another user, which must be able to enter the folder.
  await chmod(folder, 0o711);
  return folder;
}

async function cleanUp(folder) {
  // Folders of tests may link to a folder in memory, which is removed as well.
  const folders = [folder, ...(await linkedTestFolders(folder))];
  for (const each of folders) {
    for (const pid of await serversIn(each)) {
      console.log(`Stopping a database server that was left running (process ${pid}).`);
      await stopServer(pid);
    }
  }
  for (const each of folders.toReversed()) {
    await rm(each, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function linkedTestFolders(folder) {
  const found = [];
  for (const path of await entriesOf(folder, 1, (entry) => entry.isSymbolicLink())) {
    const target = await readlink(path);
    if (target.startsWith("/dev/shm/posthorn-test-")) found.push(target);
  }
  return found;
}

async function serversIn(folder) {
  const records = await entriesOf(folder, 6, (entry) => entry.name === "postmaster.pid");
  const pids = await Promise.all(
    records.map(async (path) => Number.parseInt(await readFile(path, "utf8"), 10)),
  );
  return pids.filter((pid) => pid > 0 && isAlive(pid));
}

/** The paths of matching entries down to this depth. Links are not followed. */
async function entriesOf(folder, depth, matches) {
  const paths = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (matches(entry)) paths.push(path);
    else if (entry.isDirectory() && depth > 0) {
      paths.push(...(await entriesOf(path, depth - 1, matches)));
    }
  }
  return paths;
}

async function stopServer(pid) {
  process.kill(pid, "SIGQUIT");
  for (let waitedMs = 0; waitedMs < serverExitMs && isAlive(pid); waitedMs += 20) await sleep(20);
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
