/** A customer's developer adds an endpoint, verifies, tests, changes, rotates and deletes it. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerStatus, startReceiver } from "../../server/test/support/receiver.ts";
import { expectAccessible } from "./support/browser.ts";
import { connectTerminal, createTerminalEndpoint } from "../../server/test/support/terminal.ts";
import { deliveryWith, publish } from "../../server/test/support/flow.ts";
import { startConsole, type OpenPage, type TestConsole } from "./support/console.ts";

let posthornConsole: TestConsole;
let orgId: string;
let key: string;

let contracts: string;

beforeAll(async () => {
  contracts = await mkdtemp(join(tmpdir(), "posthorn-contracts-"));
  const box = new URL("../../../vendors/box/contract.json", import.meta.url);
  await copyFile(box, join(contracts, "box.json"));
  posthornConsole = await startConsole({ POSTHORN_CONTRACTS_DIR: contracts });
  orgId = posthornConsole.posthorn.newOrg();
  const { row } = await posthornConsole.posthorn.api.post("/rest/v1/api_keys", {
    org_id: orgId,
    role: "manage",
    name: "a developer's",
  });
  key = String(row["key"]);
});

afterAll(async () => {
  await posthornConsole.close();
  await rm(contracts, { recursive: true });
});

function opened(path = "/"): Promise<OpenPage> {
  return posthornConsole.openSignedIn(path, { key });
}

async function addEndpoint(fields: Readonly<Record<string, unknown>>): Promise<string> {
  const { row, text } = await posthornConsole.posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: orgId,
    ...fields,
  });
  expect(row.id, text).toBeDefined();
  return row.id;
}

test("adds an endpoint, sees its secret once, verifies with the snippet, sees a test arrive", async () => {
  const receiver = await startReceiver();
  const open = await opened();
  const { page } = open;
  await page.getByRole("heading", { name: "No endpoint yet" }).waitFor();
  await expectAccessible(page, "no endpoints");
  await page.getByRole("link", { name: "Add endpoint" }).first().click();

  // The form checks the URL while it is typed.
  const url = page.getByRole("textbox", { name: "URL" });
  await url.fill("https://10.0.0.1/hook");
  await page.getByText("The URL's address is not allowed.").waitFor();
  await url.fill(`${receiver.url}/hook`);
  await page.getByRole("img", { name: "The URL can be used" }).waitFor();

  await page.getByRole("textbox", { name: "Description" }).fill("Orders");
  await page.getByRole("radio", { name: "Only these" }).check();
  await page.getByRole("textbox", { name: "Search event types" }).fill("scan");
  await page.getByRole("button", { name: "Example of scan.completed" }).click();
  await page.getByRole("region", { name: "Example of scan.completed" }).waitFor();
  await page.getByRole("checkbox", { name: "scan.completed" }).check();
  await page.getByRole("button", { name: "Contract, headers, limits and retries" }).click();
  await page.getByRole("button", { name: "Add a header" }).click();
  await page.getByRole("textbox", { name: "Name of header 1" }).fill("X-Tenant");
  await page.getByRole("textbox", { name: "Value of header 1" }).fill("acme");
  await expectAccessible(page, "a new endpoint");
  await page.getByRole("button", { name: "Add endpoint" }).click();

  await page.getByRole("heading", { name: "Endpoint added" }).waitFor();
  const secret = await page.getByTestId("secret").innerText();
  expect(secret).toMatch(/^whsec_/);
  await page.getByRole("button", { name: "Copy the secret" }).click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(secret);
  for (const language of ["Node.js", "Python", "Go"]) {
    await page.getByRole("tab", { name: language, exact: true }).click();
    await page.getByRole("region", { name: `Receiver: ${language}` }).waitFor();
  }
  await expectAccessible(page, "an endpoint added");

  await page.getByRole("button", { name: "Send test event" }).click();
  await page.getByText("200: delivered").waitFor();
  const [received] = await receiver.waitFor(1);
  expect(received?.headers["x-tenant"]).toBe("acme");
  await page.getByRole("link", { name: "Go to the endpoint" }).click();
  await page.getByRole("heading", { level: 1, name: `${receiver.url}/hook` }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: `${receiver.url}/hook` }).waitFor();
  expect(await page.content()).not.toContain(secret);
  await open.expectClean();
  await receiver.close();
});

test("shows the API's errors at the fields, and keeps all typed text", async () => {
  const open = await opened(`/orgs/${orgId}/endpoints/new`);
  const { page } = open;
  await page.getByRole("textbox", { name: "URL" }).fill("http://127.0.0.1:9/x");
  await page.getByRole("textbox", { name: "Description" }).fill("kept");
  await page.getByRole("button", { name: "Contract, headers, limits and retries" }).click();
  await page.getByRole("button", { name: "Add a header" }).click();
  await page.getByRole("textbox", { name: "Name of header 1" }).fill("Host");
  await page.getByRole("textbox", { name: "Value of header 1" }).fill("elsewhere");
  await page.getByRole("textbox", { name: "Rate limit" }).fill("999999");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  const headers = page.getByRole("group", { name: "Custom headers" });
  await headers.getByText("The custom header").waitFor();
  await page.getByRole("button", { name: "Remove header 1" }).click();
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByText("The value of rate_per_second is not allowed.").waitFor();
  expect(await page.getByRole("textbox", { name: "Description" }).inputValue()).toBe("kept");
  expect(await page.getByRole("textbox", { name: "Rate limit" }).inputValue()).toBe("999999");
  await open.expectClean();
});

test("chooses among the contracts that the platform offers, and keeps an earlier one", async () => {
  const { api } = posthornConsole.posthorn;
  const org = posthornConsole.posthorn.newOrg();
  const fields = { org_id: org, url: "http://127.0.0.1:9/offered", contract: "cadana" };
  const { row } = await api.post("/rest/v1/webhook_endpoints", fields);
  await api.request("PATCH", `/rest/v1/webhook_orgs?id=eq.${org}`, { contracts: ["cda", "svix"] });
  const own = await api.post("/rest/v1/api_keys", { org_id: org, role: "manage", name: "own" });
  for (const each of [String(own.row["key"]), api.key]) {
    const open = await posthornConsole.openSignedIn(`/orgs/${org}/endpoints/new`, { key: each });
    const { page } = open;
    const select = page.getByRole("combobox", { name: "Contract" });
    const offered = page.getByRole("option");
    await page.getByRole("button", { name: "Contract, headers, limits and retries" }).click();
    await page.getByPlaceholder("CDA").waitFor();
    await select.click();
    await offered.getByText("CDA", { exact: true }).waitFor();
    expect(await offered.count()).toBe(2);
    await open.go(`/orgs/${org}/endpoints/${row.id}`);
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Contract, headers, limits and retries" }).click();
    await page.getByPlaceholder("CDA").waitFor();
    expect(await select.inputValue()).not.toBe("");
    await open.expectClean();
  }
});

test("sees no endpoint of another org, nor its id", async () => {
  const other = await posthornConsole.posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: posthornConsole.posthorn.newOrg(),
    url: "http://127.0.0.1:9/other",
  });
  const open = await opened(`/orgs/${orgId}/endpoints/${other.row.id}`);
  await open.page.getByText("It is not there.").waitFor();
  expect(await open.page.content()).not.toContain("/other");
  await open.expectClean();
});

test("rotates a secret, and sees that both secrets sign during the overlap", async () => {
  const receiver = await startReceiver();
  const id = await addEndpoint({ url: `${receiver.url}/rotated`, contract: "standard" });
  const open = await opened(`/orgs/${orgId}/endpoints/${id}?tab=verify`);
  const { page } = open;
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await page.getByRole("dialog").waitFor();
  await expectAccessible(page, "rotating");
  await page.getByRole("button", { name: "Make a new secret" }).click();
  const secret = await page.getByTestId("secret").innerText();
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByText("The earlier secret still signs, too, until").waitFor();
  await page.getByRole("button", { name: "Send test event" }).click();
  await page.getByText("200: delivered").waitFor();
  const [received] = await receiver.waitFor(1);
  expect(String(received?.headers["webhook-signature"]).split(" ")).toHaveLength(2);
  expect(await page.content()).not.toContain(secret);
  await open.expectClean();
  await receiver.close();
});

test("sees each secret of a contract with several once, and a warning for a weak one", async () => {
  const open = await opened(`/orgs/${orgId}/endpoints/new`);
  const { page } = open;
  await page.getByRole("textbox", { name: "URL" }).fill("http://127.0.0.1:9/box");
  await page.getByRole("button", { name: "Contract, headers, limits and retries" }).click();
  await page.getByRole("combobox", { name: "Contract" }).click();
  await page.getByRole("option", { name: "box" }).click();
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByText("The secrets are shown only once").waitFor();
  const secrets = await page.getByTestId("secret").allInnerTexts();
  expect(new Set(secrets).size).toBe(2);
  await page.getByRole("button", { name: "Copy the secret secondary" }).click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(secrets[1]);
  await expectAccessible(page, "two secrets");

  await page.getByRole("link", { name: "Go to the endpoint" }).click();
  await page.getByRole("tab", { name: "Secret and test" }).click();
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await page.getByRole("combobox", { name: "Secret", exact: true }).click();
  await page.getByRole("option", { name: "secondary" }).click();
  await page.getByRole("textbox", { name: "New secret" }).fill("short");
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await page.getByText("The secret has 5 bytes. Anyone can guess a short secret").waitFor();
  expect(await page.getByTestId("secret").allInnerTexts()).toEqual(["short"]);
  await page.getByRole("button", { name: "Copy the secret secondary" }).waitFor();
  await open.expectClean();
});

test("schedules a rotation and starts it immediately; cancels another", async () => {
  const id = await addEndpoint({ url: "http://127.0.0.1:9/later", contract: "cda" });
  const open = await opened(`/orgs/${orgId}/endpoints/${id}?tab=verify`);
  const { page } = open;
  const rotate = async (): Promise<void> => {
    await page.getByRole("button", { name: "Rotate secret" }).click();
    await page.getByText("x-cda-signature has room for one signature").waitFor();
    await page.getByRole("button", { name: "Make a new secret" }).click();
    await page.getByText("It begins at").waitFor();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.getByText("The new secret becomes active at").waitFor();
  };
  await rotate();
  await expectAccessible(page, "a secret that begins later");
  await page.getByRole("button", { name: "Begin now" }).click();
  await page.getByText("The new secret becomes active at").waitFor({ state: "detached" });
  await page.getByText("The earlier secret still signs, too, until").waitFor();
  await rotate();
  await page.getByRole("button", { name: "Cancel change" }).click();
  await page.getByText("The new secret becomes active at").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await page.getByRole("checkbox", { name: "Someone else may know the secret" }).check();
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await page.getByText("It signs from now on.").waitFor();
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByText("still signs, too").waitFor({ state: "detached" });
  await open.expectClean();
});

test("turns an endpoint off and on, changes and deletes it; the list follows", async () => {
  const id = await addEndpoint({ url: "http://127.0.0.1:9/changing" });
  const open = await opened(`/orgs/${orgId}/endpoints/${id}?tab=settings`);
  const { page } = open;
  await page.getByRole("switch", { name: "Active" }).click();
  await page.getByText("This endpoint is off").waitFor();
  await page.getByRole("switch", { name: "Active" }).click();
  await page.getByText("This endpoint is off").waitFor({ state: "detached" });
  await page.getByRole("textbox", { name: "Description" }).fill("changed");
  await page.getByRole("combobox", { name: "Channels" }).fill("berlin");
  await page.getByRole("combobox", { name: "Channels" }).press("Enter");
  await page.getByRole("textbox", { name: "Filter" }).fill('{"amount":{"$is":5}}');
  await expectAccessible(page, "an endpoint's settings");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("there is no operator $is").waitFor();
  await page.getByRole("textbox", { name: "Filter" }).fill('{"amount":{"$gt":5}}');
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const { row } = await posthornConsole.posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${id}`);
  expect(row).toMatchObject({
    description: "changed",
    channels: ["berlin"],
    filter: { amount: { $gt: 5 } },
  });
  await page.getByRole("button", { name: "Delete endpoint" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete endpoint" }).click();
  await page.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
  await page.getByText("/changing").waitFor({ state: "detached" });
  await open.expectClean();
});

test("everything works with only the keyboard", async () => {
  const receiver = await startReceiver(answerStatus(204));
  const open = await posthornConsole.open();
  const { page } = open;
  await open.go("/");
  await page.getByLabel(/^Key/).waitFor();
  await page.keyboard.type(key);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Account" }).waitFor();
  await page.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  const reach = async (name: string): Promise<void> => {
    for (let pressed = 0; pressed < 60; pressed += 1) {
      const focused = String(
        await page.evaluate(
          "document.activeElement.matches('a, button') ? document.activeElement.textContent : ''",
        ),
      );
      if (focused.includes(name)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`The keyboard does not reach ${name}.`);
  };
  await reach("Add endpoint");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Add endpoint" }).waitFor();
  await page.getByRole("textbox", { name: "URL" }).focus();
  await page.keyboard.type(`${receiver.url}/keyboard`);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Endpoint added" }).waitFor();
  await reach("Send test event");
  await page.keyboard.press("Enter");
  await page.getByText("204: delivered").waitFor();
  await open.expectClean();
  await receiver.close();
});

test("sees that an endpoint fails, then why it is off, and turns it on with all it missed", async () => {
  const receiver = await startReceiver(answerStatus(500));
  const id = await addEndpoint({ url: `${receiver.url}/troubled`, events: ["scan.completed"] });
  const { posthorn } = posthornConsole;
  const { pool } = posthorn.service;
  await pool.query("update posthorn.endpoints set failing_since = now() where id = $1", [id]);
  const open = await opened(`/orgs/${orgId}/endpoints/${id}`);
  const { page } = open;
  await page.getByText("Every attempt fails").waitFor();
  await expectAccessible(page, "a failing endpoint");
  // The first success removes the warning from the open page.
  receiver.answerWith(answerStatus(200));
  const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s-1" } };
  await posthorn.api.post("/rest/v1/webhook_events", event);
  await page.getByText("Every attempt fails").waitFor({ state: "detached" });
  await page.getByText("active", { exact: true }).waitFor();
  await pool.query(
    `update posthorn.endpoints
     set is_active = false, inactive_reason = 'Every attempt failed for 5 days.',
         inactive_since = now(), failing_since = null, version = version + 1, updated_at = now()
     where id = $1`,
    [id],
  );
  for (const _ of [1, 2]) await posthorn.api.post("/rest/v1/webhook_events", event);
  await page.getByRole("link", { name: "Endpoints" }).first().click();
  await page.getByText("Every attempt failed for 5 days.").waitFor();
  await page.getByRole("link", { name: `${receiver.url}/troubled` }).click();
  await page.reload();
  await page.getByText("It missed 2 events since then.").waitFor();
  await page.getByText("Every attempt failed for 5 days.").waitFor();
  await expectAccessible(page, "an endpoint that is off");
  await page.getByRole("button", { name: "Turn on and replay missed events" }).click();
  await receiver.waitFor(3);
  await page.getByRole("button", { name: "Turn on and replay" }).waitFor({ state: "detached" });
  await open.expectClean();
  await receiver.close();
});

test("a deleted endpoint keeps a page with its deliveries, which offer no retry", async () => {
  const { api } = posthornConsole.posthorn;
  const receiver = await startReceiver(answerStatus(503));
  const endpointId = await addEndpoint({ url: `${receiver.url}/gone?token=hidden` });
  const eventId = await publish(api, orgId);
  const filter = `event_id=eq.${eventId}&endpoint_id=eq.${endpointId}`;
  const { id } = await deliveryWith(api, filter, ({ attempts }) => attempts === 2);
  const open = await opened(`/orgs/${orgId}/deliveries/${id}`);
  const { page } = open;
  await page.getByRole("button", { name: "Retry now" }).waitFor();
  await api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`);
  await page.reload();
  await page.getByRole("link", { name: `${receiver.url}/gone?… (deleted)` }).click();
  await page.getByText("This endpoint was deleted").waitFor();
  await page.getByRole("heading", { level: 1, name: `${receiver.url}/gone?…` }).waitFor();
  expect(await page.getByRole("switch", { name: "Active" }).count()).toBe(0);
  await page.getByRole("tab", { name: "Failed attempts" }).click();
  await page.getByText("2 failed attempts", { exact: true }).waitFor();
  await expectAccessible(page, "a deleted endpoint");
  await page.getByRole("link", { name: "Attempt 2" }).click();
  await page.getByRole("heading", { name: "Attempts" }).waitFor();
  expect(await page.getByRole("button", { name: "Retry now" }).count()).toBe(0);
  await open.expectClean();
  await receiver.close();
});

test("shows live whether a terminal is connected", async () => {
  const { api, service } = posthornConsole.posthorn;
  const { id } = await createTerminalEndpoint(api, orgId);
  const open = await opened(`/orgs/${orgId}/endpoints/${id}`);
  await open.page.getByText("not connected", { exact: true }).waitFor();
  const terminal = await connectTerminal(service.url, key, id);
  await open.page.getByText("connected", { exact: true }).waitFor();
  await terminal.leave();
  await open.page.getByText("not connected", { exact: true }).waitFor();
  await open.expectClean();
});
