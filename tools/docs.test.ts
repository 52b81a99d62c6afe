/**
 * The pages of docs/reference are generated from the code. This test compares them; `npm run docs`
 * writes them.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { metricList } from "../packages/server/src/observe/metric-list.ts";
import { benchmarksPage } from "./benchmarks-page.ts";
import {
  environmentPage,
  errorsPage,
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
};

describe("docs/reference equals the code", () => {
  for (const [name, render] of Object.entries(pages)) {
    test(name, async () => {
      await expect(render()).toMatchFileSnapshot(path.join(root, "docs/reference", name));
    });
  }
});

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
