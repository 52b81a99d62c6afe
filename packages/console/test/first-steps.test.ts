/** Follows the checklist of an empty installation, from the sign-in to the first delivery. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startReceiver } from "../../server/test/support/receiver.ts";
import { expectAccessible } from "./support/browser.ts";
import { startConsole, type TestConsole } from "./support/console.ts";

let posthornConsole: TestConsole;

beforeAll(async () => {
  posthornConsole = await startConsole({ POSTHORN_PRESETS: "none" });
});

afterAll(() => posthornConsole.close());

test("the checklist leads from an empty catalogue to an event that arrives", async () => {
  const receiver = await startReceiver();
  const open = await posthornConsole.open();
  const { page } = open;
  await open.go("/");
  await open.signIn();
  const steps = page.getByRole("region", { name: "First steps" });
  await steps.getByRole("img", { name: "To do" }).nth(3).waitFor();
  await expectAccessible(page, "the first steps");

  await steps.getByRole("button", { name: "Add event type" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("invoice.paid");
  await page.getByRole("textbox", { name: "Example of an event's data" }).fill('{"amount":1200}');
  await page.getByRole("button", { name: "Save" }).click();
  await steps.getByRole("img", { name: "Done" }).waitFor();
  await steps.getByRole("button", { name: "Add org" }).click();
  const orgId = posthornConsole.posthorn.newOrg();
  await page.getByRole("textbox", { name: "ID" }).fill(orgId);
  await page.getByRole("textbox", { name: "Name" }).fill("Globex");
  await page.getByRole("dialog").getByRole("button", { name: "Add org" }).click();
  await steps.getByRole("link", { name: "Add endpoint" }).click();
  await page.getByRole("textbox", { name: "URL" }).fill(`${receiver.url}/hook`);
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByRole("heading", { name: "Endpoint added" }).waitFor();

  await page.getByRole("link", { name: "Overview" }).click();
  expect(await steps.getByRole("textbox", { name: "Data" }).inputValue()).toContain("1200");
  await steps.getByRole("button", { name: "Publish event" }).click();
  await steps.getByText("The endpoint accepted the event.").waitFor();
  expect(await steps.getByRole("img", { name: "Done" }).count()).toBe(4);
  const [arrived] = await receiver.waitFor(1);
  expect(JSON.parse(arrived?.body ?? "")).toMatchObject({
    data: { amount: 1200 },
  });
  await steps.getByRole("link", { name: "Show delivery" }).click();
  await page.getByText("It was delivered after 1 attempt.").waitFor();
  // The checklist is not shown once an event has arrived.
  await open.go("/overview");
  await page.getByRole("link", { name: "Attempts", exact: true }).waitFor();
  expect(await steps.count()).toBe(0);
  await open.expectClean();
  await receiver.close();
}, 120_000);
