/** Imports run one way. The table is ARCHITECTURE.md's, in a form that fails. */
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isTest, sources } from "./sources.ts";

const server = "packages/server/src/";

/** What each room may import, besides itself, `errors.ts` and `limits.ts`. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: [],
  contracts: ["model"],
  store: ["model"],
  pipeline: ["model", "contracts", "store"],
  transport: ["model", "pipeline/ports.ts"],
  postgres: ["model", "pipeline/ports.ts"],
  "store/memory": ["model", "store"],
  "store/postgres": [
    "model",
    "store",
    "pipeline/replay.ts",
    "pipeline/erase.ts",
    "pipeline/reconstruct.ts",
    "pipeline/turn-off.ts",
    "postgres",
  ],
  registry: ["model", "pipeline", "postgres"],
  observe: ["pipeline/ports.ts", "store", "postgres"],
  http: ["model", "pipeline", "registry", "store", "store/postgres", "postgres", "observe"],
  simulation: ["model", "contracts", "pipeline", "store", "store/memory"],
};

/** These stand above the rooms and put them together. */
const above = new RegExp(
  `^(${[
    "main|wire|index|probe|processes|rekey|worker-metrics|background|installation|version",
    "config|config-values|config-variables|data-folder|database|exit-codes|keys|tokens|clock",
    "errors|errors-of-(addresses|requests|secrets|start|tokens)|limits|limits-of-database|bounds",
  ].join("|")})\\.ts$|^dev/`,
);

function roomOf(file: string): string {
  const parts = path.posix.dirname(file).split("/");
  const two = parts.slice(0, 2).join("/");
  return two in allowed ? two : (parts[0] ?? "");
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/^(?:import|export)[^;]*? from "(\.[^"]+)";/gms)].map(
    (match) => match[1] ?? "",
  );
}

describe("imports run one way", () => {
  for (const source of sources("packages/server/src", ".ts").filter((each) => !isTest(each))) {
    const file = source.name.slice(server.length);
    if (above.test(file)) continue;
    test(file, () => {
      const room = roomOf(file);
      expect(Object.keys(allowed), `${file} is in no known room`).toContain(room);
      for (const specifier of importsOf(source.text)) {
        const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
        if (target === "errors.ts" || target === "limits.ts" || target === "version.ts") continue;
        const targetRoom = roomOf(target);
        const isAllowed =
          targetRoom === room ||
          (allowed[room] ?? []).some((each) => each === targetRoom || each === target);
        expect(isAllowed, `${file} imports ${target}`).toBe(true);
      }
    });
  }
});

describe("one place for each door to the outside", () => {
  const files = sources("packages/server/src", ".ts").filter((each) => !isTest(each));

  test("only config.ts reads the environment", () => {
    const readers = files.filter((each) => each.text.includes("process.env"));
    expect(readers.map((each) => each.name)).toEqual([`${server}config.ts`]);
  });

  test("only documents know a contract's name", () => {
    const names = /["'`](cda|cadana|svix)["'`]/;
    const knowers = files.filter((each) => names.test(each.text)).map((each) => each.name);
    // The default is part of the environment's table.
    expect(knowers).toEqual([`${server}config-variables.ts`]);
  });
});
