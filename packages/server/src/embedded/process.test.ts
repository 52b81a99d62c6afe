import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";
import { reasonOf } from "../errors/reasons.ts";
import { isAlive, processesIn, signal, worksIn } from "./process.ts";

const onLinux = process.platform === "linux";

it("a process is alive until it has ended, and works in its own folder", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { cwd: "/" });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  expect(isAlive(pid)).toBe(true);
  expect(worksIn(pid, "/")).toBe(onLinux ? true : null);
  expect(worksIn(pid, "/usr")).toBe(onLinux ? false : null);
  if (onLinux) {
    expect(processesIn("/", basename(process.execPath))).toContain(pid);
    expect(processesIn("/", "postgres")).not.toContain(pid);
    expect(processesIn("/usr", basename(process.execPath))).not.toContain(pid);
  }
  expect(signal(pid, "SIGKILL")).toBe(true);
  await once(child, "exit");
  expect(isAlive(pid)).toBe(false);
  expect(signal(pid, "SIGKILL")).toBe(false);
});

it.skipIf(!onLinux)("a zombie is not alive", async () => {
  // The shell is replaced by a program that inherits a child and never collects its exit status.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec tail -f /dev/null"]);
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, "utf8")).toBe("tail\n");
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => isAlive(pid)).toBe(false);
  expect(process.kill(pid, 0)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
});

it.each([0, -1, 1.5, Number.NaN, 2 ** 40])("no process has the id %d", (pid) => {
  expect(isAlive(pid)).toBe(false);
});

it("a reason fits into a sentence, whatever was thrown", () => {
  expect(reasonOf(new Error("no space left.\n"))).toBe("no space left");
  expect(reasonOf("text")).toBe("text");
});
