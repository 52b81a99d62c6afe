/**
 * The pages of docs/reference are generated from the code. This test compares them; `npm run docs`
 * writes them.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { metricList } from "../packages/server/src/observe/metric-list.ts";
import { benchmarksPage } from "./benchmarks-page.ts";
import { allCommands, commandLinePage, programForDocs } from "./command-line-page.ts";
import { examplesOf } from "../packages/server/src/client/examples.ts";
import {
  environmentPage,
  errorsPage,
  generated,
  limitsPage,
  metricsPage,
  securityPage,
} from "./docs-pages.ts";
import { root, sources } from "./sources.ts";

const pages: Readonly<Record<string, () => string>> = {
  "errors.md": errorsPage,
  "environment.md": environmentPage,
  "limits.md": limitsPage,
  "metrics.md": metricsPage,
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

/** What commander would reject: unknown commands and options, and too many arguments. */
function unknownArguments(program: Command, args: readonly string[]): readonly string[] {
  const { operands, unknown } = program.parseOptions([...args]);
  const child = program.commands.find((each) => each.name() === operands[0]);
  if (child !== undefined) return unknownArguments(child, [...operands.slice(1), ...unknown]);
  const least = program.registeredArguments.filter(({ required }) => required).length;
  const isCount = operands.length >= least && operands.length <= program.registeredArguments.length;
  return isCount ? unknown : [...operands, ...unknown];
}

test("the table in docs/security.md is the one that the tests check", async () => {
  await expect(securityPage()).toMatchFileSnapshot(path.join(root, "docs/security.md"));
});

test("every relative link in the documentation leads to a file", () => {
  const markdown = [
    ...sources("docs", ".md"),
    ...sources(".", ".md").filter((source) => !source.name.includes("/")),
  ];
  const files = new Set(sources(".", "").map((source) => source.name));
  const broken = markdown.flatMap((source) =>
    [...source.text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
      .map((match) => path.posix.join(path.posix.dirname(source.name), match[1] ?? ""))
      .filter(
        (target) => !files.has(target) && ![...files].some((file) => file.startsWith(`${target}/`)),
      )
      .map((target) => `${source.name} → ${target}`),
  );
  expect(broken).toEqual([]);
});

describe("docs/alerts.yml", () => {
  const text = readFileSync(path.join(root, "docs/alerts.yml"), "utf8");
  const known = new Map(Object.values(metricList).map((metric) => [metric.name as string, metric]));

  test("names only existing metrics, with their labels", () => {
    const used = [...text.matchAll(/\b(posthorn_\w+)(?:\{(\w+)=)?/g)];
    expect(used.length).toBeGreaterThan(10);
    const unknown = used.filter(([, name = "", label]) => {
      const metric = known.get(name.replace(/_(bucket|sum|count)$/, "")) ?? known.get(name);
      if (metric === undefined) return true;
      return label !== undefined && !metric.labels.includes(label);
    });
    expect(unknown.map(([match]) => match)).toEqual([]);
  });

  test("has only alarms that docs/operators.md explains", () => {
    const operators = readFileSync(path.join(root, "docs/operators.md"), "utf8");
    const alarms = [...text.matchAll(/alert: (\w+)/g)].map(([, name = ""]) => name);
    expect(alarms.filter((name) => !operators.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
