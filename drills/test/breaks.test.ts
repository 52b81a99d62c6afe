/** Each deliberate break still finds the code that it takes away, and leaves a module that parses. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { drills } from "../src/all.ts";

const dist = path.resolve(import.meta.dirname, "../../packages/server/dist");

/** Parses each of the modules on its standard input, as Node does: answers what is wrong, or null. */
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

const breaks = drills.flatMap((drill) =>
  Object.entries(drill.breaks ?? {}).map(
    ([name, each]) => [`${drill.name} ${name}`, each] as const,
  ),
);
const read = ({ file }: { readonly file: string }): Promise<string> =>
  readFile(path.join(dist, file), "utf8");

/** What is wrong with each broken module. The last entry is invalid on purpose. */
let wrong: readonly (string | null)[];
beforeAll(async () => {
  const sources = breaks.map(async ([, each]) =>
    (await read(each)).replace(each.from, () => each.to),
  );
  wrong = await parseAll([...(await Promise.all(sources)), "return (;"]);
});

test("there are breaks to try", () => {
  expect(breaks.length).toBeGreaterThan(12);
});

test("what does not parse is noticed", () => {
  expect(wrong[breaks.length]).toContain("SyntaxError");
});

test.each(breaks)("%s", async (name, each) => {
  // More than one place would leave the defence standing in the others.
  expect((await read(each)).split(each.from)).toHaveLength(2);
  expect(wrong[breaks.findIndex(([known]) => known === name)]).toBeNull();
});
