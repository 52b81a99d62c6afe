/** The platform's operator: all orgs, dead letters, charts, keys, event types, audit. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "../../server/test/support/flow.ts";
import { answerStatus, startReceiver, type Receiver } from "../../server/test/support/receiver.ts";
import { adminKey } from "../../server/test/support/service.ts";
import { expectAccessible } from "./support/browser.ts";
import { startConsole, type OpenPage, type TestConsole } from "./support/console.ts";

let posthornConsole: TestConsole;
let failing: Receiver;
let orgId: string;
let endpointId: string;

beforeAll(async () => {
  posthornConsole = await startConsole({ POSTHORN_RETRY_SCHEDULE: "0s,50ms" });
  const { posthorn } = posthornConsole;
  failing = await startReceiver(answerStatus(503));
  ({ orgId, endpointId } = await subscribe(posthorn, `${failing.url}/dead`));
  await posthorn.api.request("PATCH", `/rest/v1/webhook_orgs?id=eq.${orgId}`, {
    name: "Globex",
  });
  await publish(posthorn.api, orgId);
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("failed"));
});

afterAll(async () => {
  await failing.close();
  await posthornConsole.close();
});

function opened(path: string): Promise<OpenPage> {
  return posthornConsole.openSignedIn(path);
}

test("sees the health of all orgs: numbers and charts that agree, live, also of a deleted endpoint", async () => {
  const { posthorn } = posthornConsole;
  const open = await opened("/");
  const { page } = open;
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  const tile = (name: string) =>
    page.getByRole("link", { name, exact: true }).locator("xpath=ancestor::div[2]").last();
  const table = page.getByRole("table", { name: "Endpoints" });
  await table.getByRole("row").filter({ hasText: "/dead" }).getByText("2 of 2").waitFor();
  await tile("Attempts").getByText("2", { exact: true }).waitFor();
  await expectAccessible(page, "the overview");

  // A success of another org appears in the chart without a reload. It is below the failures and
  // has another colour.
  const working = await startReceiver();
  const own = await subscribe(posthorn, `${working.url}/fine`);
  await publish(posthorn.api, own.orgId);
  await table.getByRole("row").filter({ hasText: "/fine" }).getByText("0 of 1").waitFor();
  await tile("Attempts").getByText("3", { exact: true }).waitFor();
  await tile("Failed attempts").getByText("2", { exact: true }).waitFor();
  const figure = page.getByRole("figure").filter({ hasText: "3 attempts, 2 failed, since" });
  const colors = await figure
    .locator(".recharts-bar-rectangle path")
    .evaluateAll((paths) => paths.map((path) => path.getAttribute("fill")));
  expect(colors[0]).toContain("green");
  expect(colors.at(-1)).toContain("red");

  // A deleted endpoint stays in the list, so the rows still add up to the numbers above.
  await posthorn.api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${own.endpointId}`);
  await page.reload();
  const deleted = table.getByRole("row").filter({ hasText: "/fine" });
  await deleted.getByText("deleted", { exact: true }).waitFor();
  await deleted.getByText("0 of 1").waitFor();
  await tile("Attempts").getByText("3", { exact: true }).waitFor();
  // If there are only successes, the chart shows no red.
  await page.getByRole("link", { name: "Failed attempts" }).click();
  await deleted.waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("?show=failed");
  // The server also accepts the longest range.
  await page.getByText("7 days").click();
  await page.getByRole("figure").filter({ hasText: "3 attempts, 2 failed, since" }).waitFor();
  await working.close();
  await open.expectClean();
}, 120_000);

test("chooses an org by its name", async () => {
  const open = await opened("/orgs");
  const { page } = open;
  await page.getByRole("table", { name: "Orgs" }).getByText("Globex").waitFor();
  await expectAccessible(page, "orgs");
  await page.getByRole("combobox", { name: "Org" }).fill("glob");
  await page.getByRole("option", { name: "Globex" }).click();
  await page.getByRole("link", { name: `${failing.url}/dead` }).waitFor();
  expect(page.url()).toContain(`/orgs/${orgId}/endpoints`);
  await open.expectClean();
});

test("finds the dead letters of all orgs, and opens one", async () => {
  const open = await opened("/dead-letters");
  const { page } = open;
  await expectAccessible(page, "dead letters");
  await page.getByRole("link", { name: "scan.completed" }).click();
  await page.getByText("it is a dead letter").waitFor();
  await open.expectClean();
});

test("creates a key without an org, which publishes for every org and reads nothing", async () => {
  const open = await opened("/keys");
  const { page } = open;
  await page.getByText("No API key yet").waitFor();
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("billing");
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  await page.getByText("The key is shown only once").waitFor();
  await page.getByRole("button", { name: "Copy the key" }).click();
  const key = String(await page.evaluate("navigator.clipboard.readText()"));
  const api = posthornConsole.posthorn.apiWith(key);
  const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s" } };
  expect((await api.post("/rest/v1/webhook_events", event)).status).toBe(201);
  expect((await api.get("/rest/v1/webhook_events")).status).toBe(403);
  await page.getByRole("button", { name: "I've saved it" }).click();
  await page.getByRole("row").filter({ hasText: "billing" }).getByText("publish_all").waitFor();
  await open.expectClean();
});

test("creates a key that is shown once and works, and deletes it", async () => {
  const open = await opened(`/orgs/${orgId}/keys`);
  const { page } = open;
  await page.getByText("No API key yet").waitFor();
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("backend");
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  await page.getByText("The key is shown only once").waitFor();
  await page.getByRole("button", { name: "Copy the key" }).click();
  const key = String(await page.evaluate("navigator.clipboard.readText()"));
  const api = posthornConsole.posthorn.apiWith(key);
  expect((await api.get("/rest/v1/webhook_endpoints")).status).toBe(200);
  await page.getByRole("button", { name: "I've saved it" }).click();
  await page.getByRole("row").filter({ hasText: "backend" }).waitFor();
  await expectAccessible(page, "keys");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No API key yet").waitFor();
  expect((await api.get("/rest/v1/webhook_endpoints")).status).toBe(401);
  await open.expectClean();
});

test("adds an event type; errors are shown at their fields", async () => {
  const open = await opened("/event-types");
  const { page } = open;
  await page.getByRole("button", { name: "Add event type" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("invoice.paid");
  await page.getByRole("textbox", { name: "Description" }).fill("An <script> was paid; شُكْرًا");
  await page.getByRole("textbox", { name: "Example of an event's data" }).fill("{nope");
  await page.getByRole("button", { name: "Save" }).click();
  await expect
    .poll(() =>
      page
        .getByRole("textbox", { name: "Example of an event's data" })
        .getAttribute("aria-invalid"),
    )
    .toBe("true");
  await page.getByRole("textbox", { name: "Example of an event's data" }).fill('{"amount":"1"}');
  await page
    .getByRole("textbox", { name: "JSON Schema of an event's data" })
    .fill('{"type":"object","properties":{"amount":{"type":"integer"}}}');
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("does not match its schema").waitFor();
  await page.getByRole("textbox", { name: "Example of an event's data" }).fill('{"amount":1}');
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /invoice\.paid/ }).click();
  await page.getByText("An <script> was paid; شُكْرًا").waitFor();
  await expectAccessible(page, "event types");
  await open.expectClean();
});

test("reads in the audit who did what", async () => {
  const open = await opened("/audit");
  const { page } = open;
  await page.getByText("endpoint created").first().waitFor();
  await expectAccessible(page, "the audit");
  await open.go(`/orgs/${orgId}/activity`);
  await page.getByRole("heading", { level: 1, name: "Activity" }).waitFor();
  await page.getByText("endpoint created").waitFor();
  await open.expectClean();
});

test("signs out; going back asks for a key, and leads to the same page", async () => {
  const open = await opened("/dead-letters");
  const { page } = open;
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel(/^Key/).waitFor();
  await open.go("/orgs");
  await page.getByLabel(/^Key/).waitFor();
  await page.getByLabel(/^Key/).fill("not-the-key-0123456789");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Invalid API key.").waitFor();
  await expectAccessible(page, "signing in");
  await page.getByLabel(/^Key/).fill(adminKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Orgs" }).waitFor();
  await open.expectClean();
});

test("an org's address leads to its endpoints; an unknown address shows an error inside the console", async () => {
  const open = await opened(`/orgs/${orgId}`);
  const { page } = open;
  await page.getByRole("link", { name: `${failing.url}/dead` }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/orgs/${orgId}/endpoints`);
  const strange = posthornConsole.posthorn.newOrg();
  for (const path of [`/orgs/${strange}/endpoints`, "/orgs/nobody", "/nothing/here"]) {
    await open.go(path);
    await page.getByRole("heading", { level: 1, name: "Page not found" }).waitFor();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
  }
  await open.expectClean();
});
