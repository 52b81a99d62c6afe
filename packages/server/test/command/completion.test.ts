/** Completion scripts, tested with the shells that are installed on this machine. */
import { spawnSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Shell } from "../../src/commands/completion/scripts.ts";
import { createCommandLine } from "../support/command-line.ts";

/** The words of a command line up to the cursor. The shell completes the last one. */
type Words = readonly string[];

const quoted = (words: Words): string => words.map((each) => `'${each}'`).join(" ");

/**
 * For each shell, a command that prints one completion per line. The completion script is already
 * loaded.
 */
const printing: Readonly<Record<Shell, (words: Words) => string>> = {
  bash: (words) =>
    `COMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}; _posthorn; ` +
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (words) => `words=(${quoted(words)}); CURRENT=${words.length}; _posthorn`,
  fish: (words) => `complete -C '${words.join(" ")}'`,
};

/**
 * Outside its line editor, zsh lacks the functions that display completions, so the test defines
 * them.
 */
const before: Readonly<Record<Shell, string>> = {
  bash: "",
  zsh:
    "compdef() { :; }; _files() { print files; }\n" +
    // This replacement for `_describe` keeps the completions that start with the typed text, as zsh
    // does.
    '_describe() { for each in "${(@P)2}"; do [[ $each == ${words[CURRENT]}* ]] && print -r -- "$each"; done; }\n',
  fish: "",
};

const cases: readonly (readonly [Words, readonly string[], readonly string[]])[] = [
  [
    ["posthorn", ""],
    ["serve", "keys", "publish", "completion"],
    ["create", "--url"],
  ],
  [["posthorn", "ke"], ["keys"], ["serve"]],
  [["posthorn", "keys", ""], ["list", "create", "revoke"], ["serve"]],
  [["posthorn", "--url", "keys", "end"], ["endpoints"], ["list"]],
  [["posthorn", "--json", "keys", "create", "--r"], ["--role"], ["--org"]],
  [["posthorn", "keys", "create", "--"], ["--org", "--url", "--help"], ["--limit"]],
];

describe.each(["bash", "zsh", "fish"] as const)("%s", (shell) => {
  const isHere = spawnSync(shell, ["--version"]).status === 0;

  test.runIf(isHere)("completes commands and options, and values are no commands", async () => {
    const line = await createCommandLine();
    const { out: script } = await line.run(["completion", shell]);
    const file = path.join(line.folder, "script");
    for (const [words, expected, others] of cases) {
      const text = `${before[shell]}${script}${printing[shell](words)}\n`;
      // Node.js passes standard input as a socket, from which fish reads no script. So the script
      // is in a file.
      await writeFile(file, text);
      // An empty home directory, so that no user's settings apply.
      const env = { PATH: process.env["PATH"], HOME: line.folder };
      const ran = spawnSync(shell, [file], { env, encoding: "utf8" });
      const completed = ran.stdout.split("\n").map((each) => each.split(/[\t:]/)[0]);
      expect(ran.stderr, words.join(" ")).toBe("");
      expect(completed, words.join(" ")).toEqual(expect.arrayContaining([...expected]));
      expect(completed.filter((each) => others.includes(each ?? ""))).toEqual([]);
    }
    await rm(line.folder, { recursive: true });
  });
});

test("an unknown shell is rejected, and the error lists the supported ones", async () => {
  const line = await createCommandLine();
  const { exitCode, err } = await line.run(["completion", "powershell"]);
  expect(exitCode).toBe(2);
  expect(err).toContain("bash, zsh, fish");
  await rm(line.folder, { recursive: true });
});
