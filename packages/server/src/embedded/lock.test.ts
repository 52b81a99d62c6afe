import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasNamespaces, unshare } from "../testing/namespaces.ts";
import { lockFolder } from "./lock.ts";
import { tryLockFile } from "./file-lock.ts";

let folder = "";
let lockPath = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "posthorn-lock-"));
  lockPath = join(folder, "posthorn.lock");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a data folder's lock", () => {
  it("rejects a second holder, names the first, and is free after release", async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: "PH_DATA_DIR_IN_USE",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await lock.release();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  // The lock file of a killed Posthorn, and of a crash between creating the file and writing to it.
  it.each([
    ["this process", `process ${process.pid} on here\n`],
    ["the first process", "process 1 on here\n"],
    ["a process of another user", `process ${process.ppid} on here\n`],
    ["an earlier build", JSON.stringify({ pid: process.ppid, identity: null })],
    ["nobody, because it is empty", ""],
    ["nobody, because it is cut off", "proc"],
    ["nobody, because it is not text", "\0\0\0\0"],
  ])("that names %s, but is not locked, can be taken", async (_, content) => {
    await writeFile(lockPath, content);
    const lock = await lockFolder(folder);
    expect(await readFile(lockPath, "utf8")).toContain(`process ${process.pid} on `);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it("rejects a second holder before the first has written its name", async () => {
    const lock = await tryLockFile(lockPath);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: "PH_DATA_DIR_IN_USE",
      message: expect.stringContaining("a process that has just started"),
    });
    await lock?.remove();
  });

  it.each([null, "stale"])(
    "goes to one of many concurrent callers (content: %j)",
    async (found) => {
      if (found !== null) await writeFile(lockPath, found);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => lockFolder(folder)),
      );
      const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
      expect(winners).toHaveLength(1);
      for (const { value } of winners) await value.release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it("never has two holders while many take and release it", async () => {
    let holders = 0;
    let most = 0;
    let taken = 0;
    const taker = async (): Promise<void> => {
      for (let round = 0; round < 200; round += 1) {
        const lock = await tryLockFile(lockPath);
        if (lock === null) continue;
        holders += 1;
        taken += 1;
        most = Math.max(most, holders);
        await new Promise(setImmediate);
        holders -= 1;
        await lock.remove();
      }
    };
    await Promise.all(Array.from({ length: 8 }, taker));
    expect(taken).toBeGreaterThan(10);
    expect(most).toBe(1);
  });

  it("passes on the file system's error for a missing folder", async () => {
    await expect(lockFolder(join(folder, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("a lock that a child process inherited", () => {
  it.skipIf(process.platform === "win32")("lasts as long as the child", async () => {
    const lock = await tryLockFile(lockPath);
    const fd = lock?.file.fd;
    const child = spawn("sleep", ["60"], { stdio: ["ignore", "ignore", "ignore", fd] });
    await once(child, "spawn");
    await lock?.close();
    expect(await tryLockFile(lockPath)).toBeNull();
    child.kill("SIGKILL");
    await once(child, "exit");
    const next = await tryLockFile(lockPath);
    expect(next).not.toBeNull();
    await next?.remove();
  });

  it("is not inherited unless it is given", async () => {
    const lock = await tryLockFile(lockPath);
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");
    await lock?.close();
    const next = await tryLockFile(lockPath);
    expect(next).not.toBeNull();
    await next?.remove();
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});

describe("a data folder that two containers share", () => {
  it.skipIf(!hasNamespaces)("rejects the second while the first holds it", async () => {
    const lock = await lockFolder(folder);
    const source = `import { lockFolder } from ${JSON.stringify(
      join(import.meta.dirname, "../../dist/embedded/lock.js"),
    )};
      await lockFolder(process.argv[1]).then(() => console.log("taken"), (e) => console.log(e.code));`;
    const ask = (): string =>
      execFileSync(
        "env",
        [...unshare, process.execPath, "--input-type=module", "-e", source, folder],
        { encoding: "utf8" },
      ).trim();
    expect(ask()).toBe("PH_DATA_DIR_IN_USE");
    await lock.release();
    expect(ask()).toBe("taken");
  });
});
