/** Checks that the linter lacks: the length of files and lines, and the form of docstrings. */
import { expect, test } from "vitest";
import { isTest, sources, type Source } from "./sources.ts";

const folders = ["bench/src", "drills", "packages"];
const linesMax = 400;
const columnsMax = 100;

test(`no SQL or TypeScript file has more than ${linesMax} lines`, () => {
  const long = code()
    .filter((source) => source.text.split("\n").length - 1 > linesMax)
    .map((source) => source.name);
  expect(long).toEqual([]);
});

// Lines of tests may be longer, because of titles and data. The formatter limits the others.
test(`no line of code is wider than ${columnsMax} columns`, () => {
  const wide = code()
    .filter((source) => !isTest(source))
    .flatMap((source) =>
      source.text
        .split("\n")
        .map((line, index) => ({ place: `${source.name}:${index + 1}`, line }))
        // A literal that cannot be split, e.g. a published test vector, may be longer.
        .filter(({ line }) => line.length > columnsMax && !/^\s*[\w"]*:?\s*["'`]/.test(line))
        .map(({ place }) => place),
    );
  expect(wide).toEqual([]);
});

test("a tag of a docstring starts its line, where editors look for it", () => {
  const hidden = code()
    .filter((source) => /^\s*(?:\/\*)?\*.*\S @(?:returns|throws|param)\b/m.test(source.text))
    .map((source) => source.name);
  expect(hidden).toEqual([]);
});

test("no test is skipped, and no type is silenced", () => {
  const silenced = /\b(?:it|test|describe)\.(?:skip|only|todo|fails)\b|@ts-(?:ignore|nocheck)/;
  const found = folders
    .flatMap((folder) => sources(folder, ".ts", ".tsx"))
    .filter((source) => silenced.test(source.text))
    .map((source) => source.name);
  expect(found).toEqual([]);
});

function code(): Source[] {
  const parts = folders.flatMap((folder) => sources(folder, ".sql", ".ts"));
  return [...parts, ...sources("tools", ".ts", ".js")];
}
