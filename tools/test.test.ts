import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, realpath, rm, symlink } from "node:fs/promises";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const repository = fileURLToPath(new URL("../", import.meta.url));

const passing = 'import { it } from "vitest"; it("one", () => {}); it("two", () => {});';
const failing = 'import { it } from "vitest"; it("three", () => { throw new Error("no"); });';
const broken = 'import "./missing.js";';
/** Starts processes that must not survive the test, then hangs. */
const hanging = `
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { it } from "vitest";
it("hangs", async () => {
  const server = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  mkdirSync(tmpdir() + "/data");
  writeFileSync(tmpdir() + "/data/postmaster.pid", server.pid + "\\n");
  const member = spawn("sleep", ["60"], { stdio: "ignore" });
  process.stdout.write("pids " + server.pid + " " + member.pid + " .\\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
`;

interface Project {
  readonly root: string;
  readonly temporary: string;
}

/**
 * Creates a workspace with the test runner, the given tests, and an npm in which the named scripts
 * fail.
 */
async function makeProject(
  tests: Record<string, string>,
  failingScripts: readonly string[] = [],
): Promise<Project> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "posthorn-runner-")));
  onTestFinished(() => rm(root, { recursive: true }));
  const temporary = join(root, "temporary");
  await mkdir(temporary);
  await mkdir(join(root, "tools"));
  await copyFile(join(repository, "tools", "test.js"), join(root, "tools", "test.js"));
  await symlink(join(repository, "node_modules"), join(root, "node_modules"), "dir");
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  const names = JSON.stringify(failingScripts);
  const npm = `process.exit(${names}.includes(process.argv.at(-1)) ? 2 : 0)`;
  await writeFile(join(root, "npm.cjs"), npm);
  for (const [name, text] of Object.entries(tests)) await writeFile(join(root, name), text);
  return { root, temporary };
}

function start({ root, temporary }: Project): { runner: ChildProcess; output: () => string } {
  const runner = spawn(process.execPath, [join(root, "tools", "test.js")], {
    cwd: root,
    env: {
      PATH: "/usr/bin:/bin",
      TMPDIR: temporary,
      npm_execpath: join(root, "npm.cjs"),
      NO_COLOR: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void runner.kill("SIGKILL"));
  const chunks: string[] = [];
  runner.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  runner.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return { runner, output: () => chunks.join("") };
}

async function run(project: Project): Promise<{ code: unknown; lastLine: string | undefined }> {
  const { runner, output } = start(project);
  const [code] = (await once(runner, "close")) as unknown[];
  expect(await readdir(project.temporary)).toEqual([]);
  return { code, lastLine: output().trimEnd().split("\n").at(-1) };
}

describe("npm test", () => {
  it("passes when the checks and all tests do", async () => {
    const project = await makeProject({ "a.test.js": passing });
    expect(await run(project)).toEqual({ code: 0, lastLine: "5 passed, 0 failed" });
  });

  it("counts a failed check, a failed test and a file that does not load", async () => {
    const tests = { "a.test.js": passing, "b.test.js": failing, "c.test.js": broken };
    const project = await makeProject(tests, ["lint"]);
    expect(await run(project)).toEqual({ code: 1, lastLine: "4 passed, 3 failed" });
  });

  it("fails when no test ran", async () => {
    const project = await makeProject({});
    expect(await run(project)).toEqual({ code: 1, lastLine: "3 passed, 1 failed" });
  });

  it("fails when something outside of the tests broke", async () => {
    const rejection = `${passing}; it("late", () => void Promise.reject(new Error("lost")));`;
    const project = await makeProject({ "a.test.js": rejection });
    expect(await run(project)).toEqual({ code: 1, lastLine: "6 passed, 1 failed" });
  });

  it.skipIf(process.platform === "win32")("leaves nothing behind on Ctrl-C", async () => {
    const project = await makeProject({ "a.test.js": hanging });
    const { runner, output } = start(project);
    await expect.poll(output, { timeout: 15_000 }).toMatch(/pids \d+ \d+ \./);
    const pids = /pids (\d+) (\d+)/.exec(output())?.slice(1).map(Number) ?? [];
    expect(pids.map(isAlive)).toEqual([true, true]);
    runner.kill("SIGINT");
    const [code] = (await once(runner, "close")) as unknown[];
    expect(code).toBe(1);
    expect(output()).toContain("Interrupted by SIGINT");
    expect(output().trimEnd()).toMatch(/\n3 passed, 1 failed$/);
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false]);
    expect(await readdir(project.temporary)).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
