/** All database queries of API callers go through the class `Tenants`, which limits them. */
import { expect, test } from "vitest";
import { isTest, sources } from "./sources.ts";

/** Imports that run no query: types, and the translation of errors. */
const allowed = new Set(["type Client", "type Queryable", "toCatalogueError"]);

function importedFromPool(text: string): string[] {
  return [...text.matchAll(/import (type )?\{([^}]*)\} from "[./]*postgres\/pool\.ts"/g)].flatMap(
    ([, isType, names]) =>
      (names ?? "")
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
        .map((name) => (isType === undefined ? name : `type ${name}`)),
  );
}

test("nothing in http/ has a pool or starts a transaction by itself", () => {
  const files = sources("packages/server/src/http", ".ts").filter((source) => !isTest(source));
  const importing = files.filter(({ text }) => text.includes("postgres/pool.ts"));
  expect(importing.length).toBeGreaterThan(3);
  const found = importing.flatMap(({ name, text }) =>
    importedFromPool(text)
      .filter((each) => !allowed.has(each))
      .map((each) => `${name}: ${each}`),
  );
  expect(found).toEqual([]);
});
