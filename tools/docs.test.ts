/**
 * The pages of docs/reference match the code. `npm run docs` generates them.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { anchorOf } from "./anchor.ts";
import { benchmarksPage } from "./benchmarks-page.ts";
import { allCommands, commandLinePage, programForDocs } from "./command-line-page.ts";
import { examplesOf } from "../packages/server/src/client/examples.ts";
import {
  accessPage,
  environmentPage,
  errorsPage,
  generated,
  limitsPage,
  metricsPage,
  svixPage,
} from "./docs-pages.ts";
import { root, sources } from "./sources.ts";

const pages: Readonly<Record<string, () => string>> = {
  "access.md": accessPage,
  "errors.md": errorsPage,
  "environment.md": environmentPage,
  "limits.md": limitsPage,
  "metrics.md": metricsPage,
  "svix.md": svixPage,
  "benchmarks.md": benchmarksPage,
  "command-line.md": () => commandLinePage(generated),
};

describe("docs/reference equals the code", () => {
  for (const [name, render] of Object.entries(pages)) {
    test(name, async () => {
      await expect(render()).toMatchFileSnapshot(path.join(root, "docs/reference", name));
    });
  }
});

describe("each command has examples, and they use arguments that exist", () => {
  test.each(allCommands(programForDocs()))("%s", (words, command) => {
    const examples = examplesOf(command);
    expect(examples.length).toBeGreaterThan(0);
    const known = programForDocs();
    for (const { line } of examples) {
      const [, text = ""] = /\bposthorn\b(.*?)(?: [|<>] .*|\)?$)/.exec(line) ?? [];
      const args = [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b]) => a ?? b ?? "");
      const unknown = unknownArguments(known, args);
      expect(unknown, `${words}: ${line}`).toEqual([]);
    }
  });
});

/** Returns what commander would reject: unknown commands and options, and too many arguments. */
function unknownArguments(program: Command, args: readonly string[]): readonly string[] {
  const { operands, unknown } = program.parseOptions([...args]);
  const child = program.commands.find((each) => each.name() === operands[0]);
  if (child !== undefined) return unknownArguments(child, [...operands.slice(1), ...unknown]);
  const least = program.registeredArguments.filter(({ required }) => required).length;
  const isCount = operands.length >= least && operands.length <= program.registeredArguments.length;
  return isCount ? unknown : [...operands, ...unknown];
}

describe("links between pages", () => {
  const markdown = [
    ...sources("docs", ".md"),
    ...sources("packages/consumer", ".md"),
    ...sources(".", ".md").filter((source) => !source.name.includes("/")),
  ];
  const files = new Set(sources(".", "").map((source) => source.name));
  const anchors = new Map(markdown.map(({ name, text }) => [name, anchorsIn(text)]));
  /** The targets of relative links, and their anchors after `#`. */
  const links = markdown.flatMap(({ name, text }) =>
    [...withoutCode(text).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
      ([, file = "", anchor]) => ({
        from: name,
        to: file === "" ? name : path.posix.join(path.posix.dirname(name), file),
        anchor,
      }),
    ),
  );

  test("each leads to a file", () => {
    const broken = links.filter(
      ({ to }) => !files.has(to) && ![...files].some((file) => file.startsWith(`${to}/`)),
    );
    expect(links.length).toBeGreaterThan(100);
    expect(broken.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test("each with a `#` leads to a heading", () => {
    const broken = links.filter(
      ({ to, anchor }) => anchor !== undefined && anchors.get(to)?.has(anchor) === false,
    );
    expect(broken.map(({ from, to, anchor }) => `${from} → ${to}#${anchor}`)).toEqual([]);
  });

  test("the docs site lists every page once", () => {
    const config = readFileSync(path.join(root, "docs/.vitepress/config.js"), "utf8");
    const listed = [...config.matchAll(/"([a-z][a-z/-]*)"/g)].map(([, page = ""]) => page);
    const single = sources("docs", ".md")
      .map(({ name }) => name.slice("docs/".length, -".md".length))
      .filter((page) => !/^(?:adr|reference|operators)/.test(page));
    const times = single.map((page) => [page, listed.filter((each) => each === page).length]);
    expect(times).toEqual(single.map((page) => [page, 1]));
  });
});

/** Removes code, in which links and headings are only text. */
function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "").replaceAll(/`[^`\n]*`/g, "");
}

/** The anchors of a page: those of its headings, and `<a id>`. */
function anchorsIn(text: string): ReadonlySet<string> {
  const outsideBlocks = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
  const headings = [...outsideBlocks.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    anchorOf(heading.replaceAll("`", "").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")),
  );
  const named = [...outsideBlocks.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id);
  return new Set([...headings, ...named]);
}
