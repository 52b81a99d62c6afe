/** A customer's developer finds out why a webhook did not arrive, and sends it again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "../../server/test/support/flow.ts";
import { answerStatus, startReceiver } from "../../server/test/support/receiver.ts";
import { expectAccessible } from "./support/browser.ts";
import { startConsole, type OpenPage, type TestConsole } from "./support/console.ts";

let posthornConsole: TestConsole;
let orgId: string;

beforeAll(async () => {
  posthornConsole = await startConsole();
  orgId = posthornConsole.posthorn.newOrg();
});

afterAll(() => posthornConsole.close());

function opened(path: string): Promise<OpenPage> {
  return posthornConsole.openSignedIn(path);
}

test("sees new deliveries without a reload, and the outcome of each", async () => {
  const { posthorn } = posthornConsole;
  const receiver = await startReceiver();
  await subscribe(posthorn, `${receiver.url}/live`, { org_id: orgId });
  const open = await opened(`/orgs/${orgId}/deliveries`);
  const { page } = open;
  await page.getByText("No deliveries yet").waitFor();
  await publish(posthorn.api, orgId);
  await page.getByRole("link", { name: "scan.completed" }).waitFor();
  await page.getByRole("row").getByText("delivered").waitFor();
  await publish(posthorn.api, orgId);
  await expect.poll(() => page.getByRole("link", { name: "scan.completed" }).count()).toBe(2);
  await expectAccessible(page, "deliveries");
  await open.expectClean();
  await receiver.close();
});

test("opens a failing delivery: what was sent, why it failed, what to do; retries it", async () => {
  const { posthorn } = posthornConsole;
  const receiver = await startReceiver((response) =>
    response.writeHead(401, { "content-type": "text/plain" }).end("bad signature"),
  );
  const { endpointId } = await subscribe(posthorn, `${receiver.url}/failing`, { org_id: orgId });
  const eventId = await publish(posthorn.api, orgId, { data: { scan_id: "it's <b>1</b>" } });
  const filter = `endpoint_id=eq.${endpointId}`;
  const delivery = await deliveryWith(posthorn.api, filter, (row) => row["attempts"] === 2);
  const open = await opened(`/orgs/${orgId}/deliveries?endpoint=${endpointId}`);
  const { page } = open;
  await page.getByRole("link", { name: "scan.completed" }).click();
  await page.getByText("2. 401: it did not accept the signature").waitFor();
  await page.getByText("1. 401: it did not accept the signature").waitFor();
  await page.getByText("Verify over the raw body").waitFor();
  await page.getByText("bad signature").waitFor();
  await page.getByRole("list", { name: "Times" }).getByText("First byte").waitFor();
  await expectAccessible(page, "a delivery");

  await page.getByRole("tab", { name: "Request" }).click();
  const sent = receiver.received[1];
  await page.getByText(String(sent?.headers["x-cda-signature"])).waitFor();
  await page.getByRole("button", { name: "Copy as curl" }).click();
  const curl = String(await page.evaluate("navigator.clipboard.readText()"));
  expect(curl).toContain(`curl -i -X POST '${receiver.url}/failing'`);
  expect(curl).toContain(String(sent?.headers["webhook-signature"]));
  await page.getByRole("button", { name: "Copy the exact body" }).click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(sent?.body);

  receiver.answerWith(answerStatus(200));
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.getByText("3. 200: delivered").waitFor();
  await page
    .getByText("It was delivered after 3 attempts. The endpoint responded with status 200")
    .waitFor();
  const after = await posthorn.api.get(`/rest/v1/webhook_deliveries?id=eq.${delivery.id}`);
  expect(after.row["status"]).toBe("delivered");
  expect(eventId).toBe(after.row["event_id"]);
  await open.expectClean();
  await receiver.close();
});

test("asks why an event did not arrive at an endpoint, and gets the reason", async () => {
  const { posthorn } = posthornConsole;
  const own = posthorn.newOrg();
  const receiver = await startReceiver();
  await subscribe(posthorn, `${receiver.url}/wants-scans`, {
    org_id: own,
    events: ["scan.completed"],
  });
  await subscribe(posthorn, `${receiver.url}/wants-missions`, {
    org_id: own,
    events: ["mission.completed"],
  });
  const eventId = await publish(posthorn.api, own);
  const open = await opened(`/orgs/${own}/events/${eventId}`);
  const { page } = open;
  await page.getByText("The endpoint did not subscribe to scan.completed at that time").waitFor();
  await page.getByText("It was delivered").waitFor();
  await expectAccessible(page, "an event");
  await page.getByRole("link", { name: "Show delivery" }).click();
  await page.getByRole("heading", { level: 1, name: "scan.completed" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Result at each endpoint" }).waitFor();
  await open.expectClean();
  await receiver.close();
});

test("filters by status, type, endpoint and id; the URL and the back button follow", async () => {
  const { posthorn } = posthornConsole;
  const own = posthorn.newOrg();
  const good = await startReceiver();
  const { endpointId } = await subscribe(posthorn, `${good.url}/good`, { org_id: own });
  const scan = await publish(posthorn.api, own);
  await publish(posthorn.api, own, {
    event_type: "mission.completed",
    data: { mission_id: "m-1" },
    external_id: "ours: 1/a",
  });
  await good.waitFor(2);
  const open = await opened(`/orgs/${own}/deliveries`);
  const { page } = open;
  const links = page.getByRole("row").getByRole("link", { name: /^(scan|mission)\./ });
  await expect.poll(() => links.count()).toBe(2);
  await page.getByRole("combobox", { name: "Event type" }).click();
  await page.getByRole("option", { name: "mission.completed" }).click();
  await expect.poll(() => links.count()).toBe(1);
  expect(page.url()).toContain("type=mission.completed");
  await page.goBack();
  await expect.poll(() => links.count()).toBe(2);
  await page.getByRole("textbox", { name: "Id" }).fill(scan);
  await page.keyboard.press("Enter");
  await expect.poll(() => links.allInnerTexts()).toEqual(["scan.completed"]);
  await page.getByRole("textbox", { name: "Id" }).fill("no-id");
  await page.keyboard.press("Enter");
  await page.getByText("No deliveries match").waitFor();
  await page.getByRole("textbox", { name: "Id" }).fill("ours: 1/a");
  await page.keyboard.press("Enter");
  await expect.poll(() => links.allInnerTexts()).toEqual(["mission.completed"]);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("combobox", { name: "Status" }).click();
  await page.getByRole("option", { name: "failed" }).click();
  await page.getByText("No deliveries match").waitFor();
  await open.go(`/orgs/${own}/deliveries?endpoint=${endpointId}&status=delivered`);
  await expect.poll(() => links.count()).toBe(2);
  await open.expectClean();
  await good.close();
});

test("replays a range: a dry run first, then progress, and all of it arrives", async () => {
  const { posthorn } = posthornConsole;
  const own = posthorn.newOrg();
  const receiver = await startReceiver(answerStatus(500));
  const { endpointId } = await subscribe(posthorn, `${receiver.url}/replayed`, { org_id: own });
  for (let sent = 0; sent < 5; sent += 1) await publish(posthorn.api, own);
  const filter = `endpoint_id=eq.${endpointId}&attempts=eq.2`;
  await expect
    .poll(async () => (await posthorn.api.get(`/rest/v1/webhook_deliveries?${filter}`)).rows.length)
    .toBe(5);
  const { rows } = await posthorn.api.get(`/rest/v1/webhook_deliveries?${filter}`);
  for (const { id } of rows) {
    await posthorn.api.post("/rest/v1/rpc/cancel_delivery", { delivery_id: id });
  }
  receiver.answerWith(answerStatus(200));
  const open = await opened(`/orgs/${own}/endpoints/${endpointId}?tab=replay`);
  const { page } = open;
  await page.getByText("0 deliveries in this range.").waitFor();
  await page.getByRole("combobox", { name: "Which" }).click();
  await page.getByRole("option", { name: "Cancelled" }).click();
  await page.getByText("5 deliveries in this range.").waitFor();
  await expectAccessible(page, "a replay");
  await page.getByRole("button", { name: "Replay 5" }).click();
  await page.getByText("5 of 5").waitFor();
  await page.getByRole("cell", { name: "done" }).waitFor();
  await receiver.waitFor(15);
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
  await open.expectClean();
  await receiver.close();
});

test("cancels a replay of missed events half-way", async () => {
  const { posthorn } = posthornConsole;
  const own = posthorn.newOrg();
  const receiver = await startReceiver();
  const { endpointId } = await subscribe(posthorn, `${receiver.url}/missed`, {
    org_id: own,
    is_active: false,
  });
  const events = Array.from({ length: 100 }, (_, index) => ({
    org_id: own,
    event_type: "scan.completed",
    data: { scan_id: `s-${index}` },
  }));
  for (let sent = 0; sent < 40; sent += 1) {
    await posthorn.api.post("/rest/v1/webhook_events", events);
  }
  await posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`, {
    is_active: true,
  });
  const open = await opened(`/orgs/${own}/endpoints/${endpointId}?tab=replay`);
  const { page } = open;
  await page.getByRole("combobox", { name: "Which" }).click();
  await page.getByRole("option", { name: "Missed" }).click();
  await page.getByText("4,000 deliveries in this range.").waitFor();
  await page.getByRole("button", { name: "Replay 4,000" }).click();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("cell", { name: "cancelled" }).waitFor();
  const { rows } = await posthorn.api.get(`/rest/v1/webhook_replays?endpoint_id=eq.${endpointId}`);
  expect(rows[0]).toMatchObject({ state: "cancelled", total: 4_000 });
  expect(Number(rows[0]?.["replayed"])).toBeLessThan(4_000);
  await open.expectClean();
  await receiver.close();
});

test("receivers that refuse and receivers that close get different explanations", async () => {
  const { posthorn } = posthornConsole;
  const own = posthorn.newOrg();
  const closing = await startReceiver((response) => void response.destroy());
  const gone = await startReceiver();
  const goneUrl = gone.url;
  await gone.close();
  await subscribe(posthorn, `${closing.url}/closing`, { org_id: own });
  await subscribe(posthorn, `${goneUrl}/refused`, { org_id: own });
  await publish(posthorn.api, own);
  const open = await opened(`/orgs/${own}/deliveries`);
  const { page } = open;
  for (const [error, words] of [
    ["connect", "No connection"],
    ["closed", "The connection was closed"],
  ] as const) {
    await page
      .getByRole("row")
      .filter({ hasText: error })
      .getByRole("link", { name: "scan.completed" })
      .click();
    await page.getByText(words).first().waitFor();
    await page.goBack();
  }
  await open.expectClean();
  await closing.close();
});

test("a hanging receiver is shown as hanging, then as too slow, then as recovered", async () => {
  const { posthorn } = posthornConsole;
  const own = posthorn.newOrg();
  // The receiver does not respond to the first request. It responds to later ones when the page has
  // been checked.
  let pageIsRead = () => {};
  const pageRead = new Promise<void>((resolve) => (pageIsRead = resolve));
  const hanging = await startReceiver((response, number) => {
    if (number > 1) void pageRead.then(() => response.writeHead(200).end());
  });
  const { endpointId } = await subscribe(posthorn, `${hanging.url}/hanging`, { org_id: own });
  const eventId = await publish(posthorn.api, own);
  const open = await opened(`/orgs/${own}/events/${eventId}`);
  const { page } = open;
  await page.getByText("An attempt is in progress.").waitFor();
  await page.getByRole("link", { name: "Show delivery" }).click();
  await page.getByText("None yet.").waitFor();
  // The contract's timeout is 10 s. The page shows the result without a reload.
  await page.getByText("1. No answer in time").waitFor();
  await page.getByText("Answer 2xx at once and do the work afterwards").waitFor();
  pageIsRead();
  const filter = `endpoint_id=eq.${endpointId}`;
  await deliveryWith(posthorn.api, filter, hasStatus("delivered"), 40_000);
  await page.getByText(/\d\. 200: delivered/).waitFor();
  await open.expectClean();
  await hanging.close();
});
