/** Follows the first steps with `posthorn dev` in the README. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeReachableFolder, runCommand, type Run } from "../../server/test/support/command.ts";
import { until } from "../../server/test/support/receiver.ts";
import { startBrowser } from "./support/browser.ts";

let folder: string;
let service: Run;

beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-first-look-");
  service = runCommand("dev", { folder, environment: {} });
  await until(() => service.output().includes("Ctrl-C stops"), "the first steps", 60_000);
}, 90_000);

afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

test("the admin key signs in, and the sample org and its delivered event are there", async () => {
  const printed = (pattern: RegExp): string => pattern.exec(service.output())?.[1] ?? "";
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(printed(/Console {4}(\S+)/));
    await page.getByLabel(/^Key/).fill(printed(/Admin key {2}(\S+)/));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("combobox", { name: "Org" }).click();
    await page.getByRole("option", { name: "Sample org" }).click();
    await page.getByRole("link", { name: "Deliveries" }).click();
    await page.getByRole("link", { name: "scan.completed" }).click();
    await page
      .getByText("It was delivered after 1 attempt. The endpoint responded with status 200")
      .waitFor();
    expect(page.url()).toContain("/deliveries/");
  } finally {
    await browser.close();
  }
}, 180_000);
