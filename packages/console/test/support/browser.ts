/** A real browser: the Chromium from npm, driven by Playwright's own client. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { expect, inject } from "vitest";

export async function startBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: inject("chromiumPath"),
    // Replaces the package's default arguments, which are for a host that opens one page at a time.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--font-render-hinting=none",
    ],
    headless: true,
  });
}

const axeSource = await readFile(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Waits two frames, in which requested animations start, and then until they have ended. */
const movementsEnded = `
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    .then(() => document.getAnimations())
    .then((all) => all.filter((each) => each.effect.getComputedTiming().endTime !== Infinity))
    .then((ending) => Promise.allSettled(ending.map((each) => each.finished)))
    .then(() => undefined)
`;

/** Fails with every violation that axe finds on the current page. */
export async function expectAccessible(
  page: Page,
  what: string,
  rules: "all" | "contrast" = "all",
): Promise<void> {
  // Runs through the debugger's protocol, because the page's content security policy would block
  // the script.
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axeSource);
  await page.evaluate(movementsEnded);
  const runOnly = rules === "all" ? "" : `, runOnly: ["color-contrast"]`;
  const violations = await page.evaluate<readonly Violation[]>(
    `axe.run(document, { resultTypes: ["violations"]${runOnly} })
       .then((result) => result.violations)`,
  );
  const told = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${html.slice(0, 300)} ${failureSummary}`),
  }));
  expect(told, `axe on ${what}`).toEqual([]);
}
