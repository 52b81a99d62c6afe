/** The catalogue contains exactly the errors that the code throws. */
import { expect, test } from "vitest";
import { errorCatalogue } from "../packages/server/src/errors/catalogue.ts";
import { isTest, sources } from "./sources.ts";

const catalogue = "packages/server/src/errors/catalogue.ts";
const code = sources("packages", ".ts").filter(
  (source) => !isTest(source) && source.name !== catalogue,
);

test("every error of the catalogue is used", () => {
  const unused = Object.keys(errorCatalogue).filter(
    (each) => !code.some((source) => source.text.includes(`"${each}"`)),
  );
  expect(unused).toEqual([]);
});

test("every code that the code or the documentation names is in the catalogue", () => {
  const named = [...code, ...sources("docs", ".md")].flatMap((source) =>
    [...source.text.matchAll(/\b(?:PH_[A-Z_]+[A-Z]|PGRST\d{3})\b/g)].map(([each]) => each),
  );
  const unknown = [...new Set(named)].filter((each) => !Object.hasOwn(errorCatalogue, each));
  expect(unknown).toEqual([]);
});

test("no code is in two files: the second would replace the first", () => {
  const declared = sources("packages/server/src/errors", ".ts")
    .filter((source) => !isTest(source))
    .flatMap(({ text }) =>
      [...text.matchAll(/^ {2}"?(PH_\w+|PGRST\w+|\w{5})"?: (?:entry|\{)/gm)].map(
        ([, each]) => each,
      ),
    );
  expect(declared.toSorted()).toEqual(Object.keys(errorCatalogue).toSorted());
});

test("every message says something, and its hint says what to do", () => {
  for (const [each, { message, hint, status }] of Object.entries(errorCatalogue)) {
    expect(message.length, each).toBeGreaterThan(5);
    expect(status, each).toBeGreaterThanOrEqual(400);
    // Codes of other dialects have texts that the dialect prescribes.
    if (each.startsWith("PH_")) expect(hint?.length ?? 0, each).toBeGreaterThan(3);
  }
});
