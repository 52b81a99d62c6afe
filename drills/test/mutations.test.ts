/**
 * The text that each mutation removes still exists in the code, and the changed module is valid
 * JavaScript.
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { drills } from "../src/all.ts";
import type * as Databases from "../src/parts/database.ts";
import type * as Mutations from "../src/parts/mutations.ts";
import type * as Nodes from "../src/parts/node.ts";

const dist = path.resolve(import.meta.dirname, "../../packages/server/dist");

/** Parses each module on standard input as Node does, and prints the syntax error or null. */
const parser = `
import { text } from "node:stream/consumers";
import { SourceTextModule } from "node:vm";
const parse = (source) => {
  try {
    new SourceTextModule(source);
    return null;
  } catch (error) {
    return String(error);
  }
};
process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(parse)));
`;

async function parseAll(sources: readonly string[]): Promise<readonly (string | null)[]> {
  const flags = ["--experimental-vm-modules", "--no-warnings", "--input-type=module"];
  const child = spawn(process.execPath, [...flags, "--eval", parser], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(sources));
  return JSON.parse(await textOf(child.stdout)) as (string | null)[];
}

const mutations = drills.flatMap((drill) =>
  Object.entries(drill.mutations ?? {}).map(
    ([name, each]) => [`${drill.name} ${name}`, each] as const,
  ),
);
const read = ({ file }: { readonly file: string }): Promise<string> =>
  readFile(path.join(dist, file), "utf8");

/** The syntax error of each changed module, or null. The last module is invalid on purpose. */
let wrong: readonly (string | null)[];
beforeAll(async () => {
  const sources = mutations.map(async ([, each]) =>
    (await read(each)).replace(each.from, () => each.to),
  );
  wrong = await parseAll([...(await Promise.all(sources)), "return (;"]);
});

test("there are enough mutations", () => {
  expect(mutations.length).toBeGreaterThan(12);
});

test("a module that does not parse gives an error", () => {
  expect(wrong[mutations.length]).toContain("SyntaxError");
});

test.each(mutations)("%s", async (name, each) => {
  // The text must be unique, because the defence would remain in a second place.
  expect((await read(each)).split(each.from)).toHaveLength(2);
  expect(wrong[mutations.findIndex(([known]) => known === name)]).toBeNull();
});

/** From the compiled drills, because the node's process loads their hooks. */
const parts = path.resolve(import.meta.dirname, "../dist/parts");
type CompiledModules = typeof Nodes & typeof Databases & typeof Mutations;

test("a node runs the changed code", async () => {
  const modules = ["node", "database", "mutations"].map((name) => import(`${parts}/${name}.js`));
  const { startNode, startDatabase, importsFor } = Object.assign(
    {},
    ...(await Promise.all(modules)),
  ) as CompiledModules;
  const changed = {
    what: "the answer of /healthz",
    file: "http/app.js",
    from: 'status: "alive"',
    to: 'status: "changed"',
  };
  const database = await startDatabase();
  try {
    const imports = importsFor({ changed }, "changed");
    const node = await startNode({ databaseUrl: database.url, imports });
    const answer = await fetch(`${node.url}/healthz`);
    expect(await answer.json()).toEqual({ status: "changed" });
    await node.kill();
  } finally {
    await database.stop();
  }
});
