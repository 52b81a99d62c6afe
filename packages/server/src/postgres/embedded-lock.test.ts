import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFolder } from "./embedded-lock.ts";
import { processIdentity } from "./embedded-process.ts";

let folder = "";
let lockPath = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "posthorn-lock-"));
  lockPath = join(folder, "posthorn.lock");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function endedProcessId(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "0"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}

describe("a data folder's lock", () => {
  it("is refused to a second holder, names the first, and is free after release", async () => {
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

  it("is taken over from a process that is gone", async () => {
    await writeFile(lockPath, JSON.stringify({ pid: await endedProcessId(), identity: null }));
    const lock = await lockFolder(folder);
    expect(JSON.parse(await readFile(lockPath, "utf8"))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(processIdentity(process.pid) === null)(
    "is taken over when another process got the dead holder's id",
    async () => {
      await writeFile(lockPath, JSON.stringify({ pid: process.ppid, identity: "earlier:1" }));
      await (await lockFolder(folder)).release();

      const identity = processIdentity(process.ppid);
      await writeFile(lockPath, JSON.stringify({ pid: process.ppid, identity }));
      await expect(lockFolder(folder)).rejects.toMatchObject({ code: "PH_DATA_DIR_IN_USE" });
    },
  );

  it.each(["", "{", "[]", '{"pid":"7"}', '{"pid":-1}'])(
    "is taken over when its content is cut off: %j",
    async (content) => {
      await writeFile(lockPath, content);
      await (await lockFolder(folder)).release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.each([null, "stale"])("goes to one of many that ask at once (content: %j)", async (found) => {
    if (found !== null) await writeFile(lockPath, found);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(winners).toHaveLength(1);
    for (const { value } of winners) await value.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it("passes on the file system's error for a folder that is not there", async () => {
    await expect(lockFolder(join(folder, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
