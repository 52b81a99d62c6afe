/**
 * docs/reliability.md names the tests that prove its promises. These tests must exist.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./sources.ts";

const folder = path.join(root, "docs");
const page = readFileSync(path.join(folder, "reliability.md"), "utf8");
const heading = "## Known failures of other systems";
const rows = page
  .slice(page.indexOf(heading))
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| failure |"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, failure = "", , shownBy = ""]) => ({ failure, shownBy }));

interface Named {
  readonly title: string;
  readonly file: string;
}

/** Finds references of the form `[file: title](path)`. */
function testsIn(shownBy: string): readonly Named[] {
  return [...shownBy.matchAll(/\[[\w.-]+: ([^\]]+)\]\(([^)]+)\)/g)].map((match) => ({
    title: match[1] ?? "",
    file: path.join(folder, match[2] ?? ""),
  }));
}

/** The source files behind `npm run drill -- a b` and `npm run bench -- a`. */
function programsIn(text: string): readonly string[] {
  return [...text.matchAll(/`npm run (drill|bench) -- ([a-z][a-z -]*?)(?: --[^`]*)?`/g)].flatMap(
    (match) =>
      (match[2] ?? "")
        .trim()
        .split(" ")
        .filter((name) => name !== "all")
        .map((name) =>
          match[1] === "drill" ? `drills/src/drills/${name}.ts` : `bench/src/scenarios/${name}.ts`,
        ),
  );
}

test("there is a row for each known failure", () => {
  expect(rows.length).toBeGreaterThanOrEqual(34);
});

describe.each(rows)("$failure", ({ shownBy }) => {
  test("names existing tests", () => {
    const named = testsIn(shownBy);
    const programs = programsIn(shownBy);
    expect(named.length + programs.length).toBeGreaterThan(0);
    // The cell may contain only references that this test checks.
    expect(shownBy.split(" · ")).toHaveLength(
      named.length + (shownBy.match(/`npm run/g)?.length ?? 0),
    );
    for (const { title, file } of named) {
      expect(existsSync(file), file).toBe(true);
      expect(readFileSync(file, "utf8"), file).toContain(title);
    }
  });
});

test("every drill and benchmark that the page names exists", () => {
  const programs = programsIn(page);
  expect(programs.length).toBeGreaterThan(10);
  for (const program of programs) expect(existsSync(path.join(root, program)), program).toBe(true);
});
