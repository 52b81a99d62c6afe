import { chmod, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { PlaceFacts } from "./places.ts";
import { decidePlaces, isSearchableByOthers, nobody } from "./places.ts";

const asUser: PlaceFacts = {
  dataDir: "/home/ann/app/.posthorn",
  outsideDir: "/var/lib/posthorn",
  asRoot: false,
  dataDirReachable: false,
  pointer: null,
  clusterOwner: null,
  binaries: { dir: "/home/ann/app/node_modules/pg/native", version: "18.4.0" },
  binariesReachable: false,
  binariesNeedRepair: false,
  binariesWritable: true,
  newName: "0123abcd",
};
const asRoot: PlaceFacts = {
  ...asUser,
  asRoot: true,
  dataDirReachable: true,
  binariesReachable: true,
};

describe("the places of an ordinary user", () => {
  it("are in the data folder and in the installed package", () => {
    expect(decidePlaces(asUser)).toEqual({
      homeDir: "/home/ann/app/.posthorn",
      clusterDir: "/home/ann/app/.posthorn/postgres",
      logFile: "/home/ann/app/.posthorn/postgres.log",
      pointerIsNew: false,
      binariesDir: "/home/ann/app/node_modules/pg/native",
      binariesStep: "none",
      runAs: null,
    });
  });

  it("have the binaries repaired in place, or in a copy if the package is read-only", () => {
    expect(decidePlaces({ ...asUser, binariesNeedRepair: true })).toMatchObject({
      binariesDir: asUser.binaries.dir,
      binariesStep: "repair",
    });
    const readOnly = { ...asUser, binariesNeedRepair: true, binariesWritable: false };
    expect(decidePlaces(readOnly)).toMatchObject({
      binariesDir: "/home/ann/app/.posthorn/binaries-18.4.0",
      binariesStep: "copy",
    });
  });
});

describe("root's places", () => {
  it("are in place, for the user nobody, if it can reach them", () => {
    expect(decidePlaces(asRoot)).toMatchObject({
      homeDir: asRoot.dataDir,
      pointerIsNew: false,
      binariesDir: asRoot.binaries.dir,
      binariesStep: "none",
      runAs: nobody,
    });
  });

  it("are outside if nobody cannot reach them, each independently", () => {
    expect(decidePlaces({ ...asRoot, dataDirReachable: false })).toMatchObject({
      homeDir: "/var/lib/posthorn/0123abcd",
      clusterDir: "/var/lib/posthorn/0123abcd/postgres",
      pointerIsNew: true,
      binariesStep: "none",
    });
    expect(decidePlaces({ ...asRoot, binariesReachable: false })).toMatchObject({
      homeDir: asRoot.dataDir,
      binariesDir: `${asRoot.dataDir}/binaries-18.4.0`,
      binariesStep: "copy",
    });
  });

  it("have the binaries copied outside only if the database is outside, too", () => {
    const unreachable = { ...asRoot, dataDirReachable: false, binariesReachable: false };
    expect(decidePlaces(unreachable)).toMatchObject({
      binariesDir: "/var/lib/posthorn/binaries-18.4.0",
      binariesStep: "copy",
    });
    const readOnly = { ...asRoot, binariesNeedRepair: true, binariesWritable: false };
    expect(decidePlaces(readOnly)).toMatchObject({
      binariesDir: `${asRoot.dataDir}/binaries-18.4.0`,
      binariesStep: "copy",
    });
  });

  it("stay where they were chosen, whatever happens to the folders above", () => {
    const moved = { ...asRoot, pointer: "/var/lib/posthorn/earlier" };
    expect(decidePlaces(moved)).toMatchObject({
      homeDir: "/var/lib/posthorn/earlier",
      pointerIsNew: false,
      runAs: nobody,
    });
  });

  it("leave an ordinary user's database in place, with the same owner", () => {
    const ann = { uid: 1000, gid: 1000 };
    expect(decidePlaces({ ...asRoot, dataDirReachable: false, clusterOwner: ann })).toMatchObject({
      homeDir: asRoot.dataDir,
      pointerIsNew: false,
      runAs: ann,
    });
  });
});

it("a folder is searchable by others if every folder above it is", async () => {
  const top = await realpath(await mkdtemp(join(tmpdir(), "posthorn-search-")));
  onTestFinished(() => rm(top, { recursive: true }));
  const inner = join(top, "middle", "inner");
  await mkdir(inner, { recursive: true });
  await chmod(inner, 0o755);
  await chmod(join(top, "middle"), 0o755);
  expect(await isSearchableByOthers(inner)).toBe(false);
  await chmod(top, 0o711);
  expect(await isSearchableByOthers(inner)).toBe(await isSearchableByOthers(tmpdir()));
  await chmod(inner, 0o750);
  expect(await isSearchableByOthers(inner)).toBe(false);
});
