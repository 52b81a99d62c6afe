/**
 * axe finds no violation on any page. In dark mode only the contrast is checked, because dark mode
 * changes only colours.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveryWith, publish, subscribe } from "../../server/test/support/flow.ts";
import { answerStatus, startReceiver, type Receiver } from "../../server/test/support/receiver.ts";
import { expectAccessible } from "./support/browser.ts";
import { startConsole, type TestConsole } from "./support/console.ts";

let posthornConsole: TestConsole;
let failing: Receiver;
let places: readonly string[];

beforeAll(async () => {
  posthornConsole = await startConsole();
  const { posthorn } = posthornConsole;
  failing = await startReceiver(answerStatus(500));
  const { orgId, endpointId } = await subscribe(posthorn, `${failing.url}/failing`);
  await subscribe(posthorn, "http://127.0.0.1:9/off", { org_id: orgId, is_active: false });
  const eventId = await publish(posthorn.api, orgId);
  const filter = `endpoint_id=eq.${endpointId}`;
  const { id } = await deliveryWith(posthorn.api, filter, (row) => row["attempts"] === 2);
  await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role: "read", name: "a key" });
  await posthorn.api.post("/rest/v1/rpc/replay", { endpoint_id: endpointId });
  const org = `/orgs/${orgId}`;
  const endpoint = `${org}/endpoints/${endpointId}`;
  places = [
    "/overview",
    "/orgs",
    "/dead-letters",
    "/event-types",
    "/audit",
    `${org}/endpoints`,
    `${org}/endpoints/new`,
    endpoint,
    `${endpoint}?tab=verify`,
    `${endpoint}?tab=replay`,
    `${endpoint}?tab=settings`,
    `${org}/deliveries`,
    `${org}/deliveries/${id}`,
    `${org}/events/${eventId}`,
    `${org}/event-types`,
    `${org}/activity`,
    `${org}/keys`,
    "/keys",
    "/no/such/page",
  ];
});

afterAll(async () => {
  await posthornConsole.close();
  await failing.close();
});

/** Checks the current page: all rules in light mode, then the contrast in dark mode. */
async function expectAccessibleInBoth(page: Page, what: string): Promise<void> {
  await page.emulateMedia({ colorScheme: "light" });
  await page.locator('html[data-mantine-color-scheme="light"]').waitFor({ state: "attached" });
  await expectAccessible(page, `${what}, light`);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor({ state: "attached" });
  await expectAccessible(page, `${what}, dark`, "contrast");
}

test("signing in, in light and dark mode", async () => {
  const open = await posthornConsole.open();
  await open.go("/");
  await open.page.getByLabel(/^Key/).waitFor();
  await expectAccessibleInBoth(open.page, "signing in");
  await open.expectClean();
});

test.each([1, 2, 3])(
  "every page, in light and dark mode (part %d of 3)",
  async (part) => {
    const size = Math.ceil(places.length / 3);
    const [first = "", ...others] = places.slice(size * (part - 1), size * part);
    const open = await posthornConsole.openSignedIn(first);
    const { page } = open;
    for (const place of [first, ...others]) {
      if (place !== first) await open.go(place);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expect.poll(() => page.locator("[aria-busy]").count(), { timeout: 10_000 }).toBe(0);
      await expectAccessibleInBoth(page, place);
    }
    await open.expectClean();
  },
  120_000,
);
