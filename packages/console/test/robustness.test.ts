/**
 * The console shows large, strange, slow or expired data without harm, and keeps the text that a
 * user typed.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "../../server/test/support/flow.ts";
import { startReceiver } from "../../server/test/support/receiver.ts";
import { adminKey } from "../../server/test/support/service.ts";
import { expectAccessible } from "./support/browser.ts";
import { startConsole, type OpenPage, type TestConsole } from "./support/console.ts";
import { countAddedRows, measureWork, scrollDown, watchRequests } from "./support/page-work.ts";

let posthornConsole: TestConsole;

beforeAll(async () => {
  posthornConsole = await startConsole();
});

afterAll(() => posthornConsole.close());

function opened(
  path: string,
  options: Parameters<TestConsole["openSignedIn"]>[1] = {},
): Promise<OpenPage> {
  return posthornConsole.openSignedIn(path, options);
}

/**
 * Creates an org that has no endpoints.
 * @returns its id.
 */
async function emptyOrg(): Promise<string> {
  const { posthorn } = posthornConsole;
  const id = posthorn.newOrg();
  await posthorn.api.post("/rest/v1/webhook_orgs", { id });
  return id;
}

const scriptBytesMax = 250_000;

test("a customer's first page loads at most 250 kB of script, only from this host", async () => {
  const { posthorn } = posthornConsole;
  const { orgId } = await subscribe(posthorn, "http://127.0.0.1:9/first-load");
  const { row } = await posthorn.api.post("/rest/v1/rpc/portal_link", { org_id: orgId });
  const open = await posthornConsole.open();
  let scriptBytes = 0;
  const hosts = new Set<string>();
  const sizes: Promise<unknown>[] = [];
  open.page.on("requestfinished", (request) => {
    hosts.add(new URL(request.url()).host);
    if (request.resourceType() !== "script") return;
    sizes.push(
      request.sizes().then((size) => {
        scriptBytes += size.responseBodySize;
      }),
    );
  });
  await open.page.goto(String(row["url"]));
  await open.page.getByRole("link", { name: "http://127.0.0.1:9/first-load" }).waitFor();
  await Promise.all(sizes);
  expect(scriptBytes).toBeGreaterThan(50_000);
  expect(scriptBytes).toBeLessThanOrEqual(scriptBytesMax);
  expect([...hosts]).toEqual([new URL(posthorn.service.url).host]);
  await open.expectClean();
});

test("when a key expires, the page asks for it again on top, and nothing is lost", async () => {
  const orgId = await emptyOrg();
  const open = await opened(`/orgs/${orgId}/endpoints/new`);
  const { page } = open;
  await page.getByRole("textbox", { name: "Description" }).fill("typed before");
  await posthornConsole.posthorn.service.pool.query(
    "update posthorn.sessions set expires_at = now() - interval '1 second'",
  );
  await page.waitForTimeout(5_500);
  await page.getByRole("textbox", { name: "URL" }).fill("http://127.0.0.1:9/after");
  await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  await expectAccessible(page, "a session that is over");
  await page.getByRole("dialog").getByLabel(/^Key/).fill(adminKey);
  await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await page.getByRole("textbox", { name: "Description" }).inputValue()).toBe(
    "typed before",
  );
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await page.getByRole("heading", { level: 1, name: "Endpoint added" }).waitFor();
  await open.expectClean();
});

test("if the server is unreachable, the page says so and has a button to retry", async () => {
  const orgId = await emptyOrg();
  const open = await opened(`/orgs/${orgId}/endpoints`);
  const { page, context } = open;
  await page.getByText("No endpoint yet").waitFor();
  await context.route("**/rest/v1/webhook_event_types*", (route) => route.abort());
  await page.getByRole("link", { name: "Event types" }).first().click();
  await page.getByText("The server cannot be reached.").waitFor({ timeout: 20_000 });
  await context.unroute("**/rest/v1/webhook_event_types*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("scan.completed").waitFor();
});

test("if the server is slow, the page says so, and then shows the result", async () => {
  const orgId = await emptyOrg();
  const open = await opened(`/orgs/${orgId}/endpoints`);
  const { page, context } = open;
  await page.getByText("No endpoint yet").waitFor();
  let answer = (): void => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await context.route("**/rest/v1/webhook_event_types*", async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole("link", { name: "Event types" }).first().click();
  await page.getByText("This takes longer than usual").waitFor();
  answer();
  await page.getByText("scan.completed").waitFor();
  await page.getByText("This takes longer than usual").waitFor({ state: "detached" });
  await open.expectClean();
});

test("256 KiB of payload, invalid UTF-8, right-to-left text: shown, and harmless", async () => {
  const { posthorn } = posthornConsole;
  const noText = randomBytes(20_000);
  const receiver = await startReceiver((response) =>
    response.writeHead(500, { "x-odd": "<img src=x onerror=alert(1)>" }).end(noText),
  );
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/<b>strange`, {
    description: "\u202Eevil\u202C <script>alert(1)</script> שלום",
    contract: "svix",
  });
  const data = {
    scan_id: "s-1",
    markup: "<script>document.title = 'broken'</script>",
    rtl: "\u202Ehello",
    big: "x".repeat(255 * 1024),
  };
  await publish(posthorn.api, orgId, { data });
  const filter = `endpoint_id=eq.${endpointId}`;
  const { id } = await deliveryWith(posthorn.api, filter, (row) => row["attempts"] === 2);
  const open = await opened(`/orgs/${orgId}/endpoints`);
  const { page } = open;
  await page.getByText("<script>alert(1)</script>").waitFor();
  await open.go(`/orgs/${orgId}/deliveries/${id}`);
  await page.getByText("2. 500: the server failed").waitFor();
  await page.getByText("<img src=x onerror=alert(1)>").waitFor();
  await page.getByText("Only the beginning of the body is kept.").waitFor();
  await page.getByRole("tab", { name: "Request" }).click();
  await page.getByRole("region", { name: "Request body" }).getByText("x".repeat(1_000)).waitFor();
  expect(await page.title()).not.toContain("broken");
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  await expectAccessible(page, "a strange delivery");
  await open.expectClean();
  await receiver.close();
});

/** Adds the deliveries in small batches, so that no statement times out on a slow machine. */
async function addDeliveries(orgId: string, endpointId: string, count: number): Promise<void> {
  await posthornConsole.posthorn.service.pool.query(
    `insert into posthorn.deliveries
       (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
        attempted_at, duration_ms, response_status, trigger, created_at)
     select posthorn.delivery_id(event_id, $1), event_id, $1, $2, 'scan.completed', 'delivered',
            1, 0, at, 5, 200, 'schedule', at
     from (
       select at, encode(substring(uuid_send(posthorn.uuid_floor(at)) for 6) ||
              substring(uuid_send(gen_random_uuid()) from 7), 'hex')::uuid as event_id
       from (select now() - number * interval '10 ms' as at from generate_series(1, $3) as number)
     ) as event`,
    [endpointId, orgId, count],
  );
}

test("a list of 20,000 deliveries scrolls and filters without a stutter", async () => {
  const { posthorn } = posthornConsole;
  const receiver = await startReceiver();
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/many`);
  for (let part = 0; part < 10; part += 1) await addDeliveries(orgId, endpointId, 2_000);
  const open = await opened(`/orgs/${orgId}/deliveries`);
  const { page } = open;
  const list = page.getByRole("region", { name: "Deliveries" });
  await list.waitFor();
  const requests = watchRequests(page, "/rest/v1/webhook_deliveries");
  const addedRows = await countAddedRows(list);
  const work = await measureWork(page, list);
  const steps = 40;
  let [busyMs, copiesMs, rowsMax] = [0, 0, 0];
  for (let step = 0; step < steps; step += 5) {
    const beforeMs = await work.busyMs();
    for (let more = 0; more < 5; more += 1) {
      rowsMax = Math.max(rowsMax, await scrollDown(list, 3_000));
    }
    busyMs += (await work.busyMs()) - beforeMs;
    // Measures scrolling and copying in turn, so that other load on the machine affects both.
    copiesMs += 5 * (await work.copyMs());
  }
  // The list has thousands of rows, but the page contains only the visible ones and some around
  // them.
  const text = await page.getByText(/so far; scroll for more/).innerText();
  expect(Number(text.replaceAll(/\D/g, ""))).toBeGreaterThan(1_000);
  expect(rowsMax).toBeLessThan(100);
  // A step scrolls by up to three screens. It must add each row once, and request each page once.
  expect(await addedRows()).toBeLessThan(steps * rowsMax);
  expect(new Set(requests).size).toBe(requests.length);
  expect(requests.length).toBeLessThanOrEqual(steps);
  // Scrolling takes 8 times as long as copying the list. With the library's own cells it took 100
  // times as long.
  expect(busyMs).toBeLessThan(30 * copiesMs);
  await page.getByRole("combobox", { name: "Status" }).click();
  await page.getByRole("option", { name: "failed" }).click();
  await page.getByText("No deliveries match").waitFor();
  expect(requests.filter((url) => url.includes("status=eq.failed"))).toHaveLength(1);
  await open.expectClean();
  await receiver.close();
}, 180_000);

test("works on a narrow screen, and in dark mode", async () => {
  const { posthorn } = posthornConsole;
  const receiver = await startReceiver();
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/narrow`);
  await publish(posthorn.api, orgId);
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
  const open = await opened(`/orgs/${orgId}/deliveries`, {
    viewport: { width: 375, height: 700 },
    colorScheme: "dark",
  });
  const { page } = open;
  await page.getByRole("link", { name: "scan.completed" }).waitFor();
  await expectAccessible(page, "deliveries, narrow and dark");
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("link", { name: "Endpoints" }).click();
  await page.getByRole("link", { name: `${receiver.url}/narrow` }).click();
  await page.getByRole("tab", { name: "Settings" }).click();
  await expectAccessible(page, "settings, narrow and dark");
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  await open.expectClean();
  await receiver.close();
});

test("times are in the viewer's zone, and in UTC on hover", async () => {
  const { posthorn } = posthornConsole;
  const { orgId } = await subscribe(posthorn, "http://127.0.0.1:9/time");
  const open = await opened(`/orgs/${orgId}/endpoints`, { timezoneId: "Asia/Tokyo" });
  const time = open.page.locator("time").first();
  const utc = new Date(String(await time.getAttribute("datetime")));
  const tokyo = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Asia/Tokyo",
  }).format(utc);
  expect(await time.innerText()).toContain(tokyo);
  await time.hover();
  await open.page.getByRole("tooltip").getByText(utc.toISOString().slice(11, 19)).waitFor();
  await open.expectClean();
});
