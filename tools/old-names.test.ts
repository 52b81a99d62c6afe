/** The code contains no name that was replaced by a common technical term. */
import { describe, expect, test } from "vitest";
import { oldIdentifiers, oldNamesIn, oldPaths } from "./old-names.ts";
import { sources } from "./sources.ts";

const extensions = [".ts", ".tsx", ".js", ".sql", ".css"];
/** All source files, except the list itself and the built console. */
const files = ["bench", "drills", "packages", "tools"]
  .flatMap((folder) => sources(folder, ...extensions))
  .filter(({ name }) => !/^tools\/old-names|^packages\/server\/console\//.test(name));

describe("no old name is left", () => {
  test("in code", () => {
    expect(files.length).toBeGreaterThan(500);
    expect(files.flatMap(({ name, text }) => oldNamesIn(name, text))).toEqual([]);
  });

  test("as a file or folder", () => {
    const found = files.flatMap(({ name }) =>
      oldPaths
        .filter(({ pattern }) => pattern.test(name))
        .map(({ write }) => `${name} -> ${write}`),
    );
    expect(found).toEqual([]);
  });

  test.each([...oldIdentifiers, ...oldPaths])("$example would be found", ({ pattern, example }) => {
    expect(pattern.test(example)).toBe(true);
  });
});

test("comments are not searched, and lines keep their numbers", () => {
  const text = "/**\n * linger\n */\n// linger\n-- linger\nconst lingerMs = 1;\n";
  expect(oldNamesIn("a.ts", text)).toEqual(["a.ts:6: linger|Linger -> preStopDelay"]);
});
