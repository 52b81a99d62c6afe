/**
 * The pages of docs/reference are generated from the code. This test compares them; `npm run docs`
 * writes them.
 */
import path from "node:path";
import { describe, expect, test } from "vitest";
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
