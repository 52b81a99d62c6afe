import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { readArgument, readInputFile, readInputText } from "./input.ts";
import type { Terminal } from "./terminal.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-input-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function terminalWith(input: Buffer): Terminal {
  return {
    out: () => undefined,
    err: () => undefined,
    readInput: (bytesMax) => Promise.resolve(input.subarray(0, bytesMax + 1)),
    askSecret: () => Promise.resolve(null),
    stopped: () => Promise.resolve(),
  };
}

test("a file and standard input may have commandInputBytesMax, and no byte more", async () => {
  const file = path.join(folder, "large");
  for (const more of [0, 1]) {
    const bytes = Buffer.alloc(limits.commandInputBytesMax + more, "a");
    await writeFile(file, bytes);
    for (const name of [file, "-"]) {
      const reading = readInputFile(name, terminalWith(bytes));
      if (more === 0) expect((await reading).length).toBe(bytes.length);
      else await expect(reading).rejects.toMatchObject({ code: "PH_FILE_UNREADABLE" });
    }
  }
});

test("an argument is its own text, a file's content, or standard input", async () => {
  const file = path.join(folder, "text");
  await writeFile(file, "from a file");
  const terminal = terminalWith(Buffer.from("from input"));
  expect(await readArgument("plain", terminal)).toBe("plain");
  expect(await readArgument(`@${file}`, terminal)).toBe("from a file");
  expect(await readArgument("-", terminal)).toBe("from input");
});

test("text that is not UTF-8 is rejected, instead of being read as something else", async () => {
  const reading = readInputText("-", terminalWith(Buffer.from([0xff])));
  await expect(reading).rejects.toMatchObject({ code: "PH_FILE_UNREADABLE" });
});
