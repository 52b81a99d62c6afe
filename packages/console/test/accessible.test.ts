/** Every page: no violation that axe finds; in the dark, where only colours differ, of contrast. */
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
    "/no/such/page",
  ];
});

afterAll(async () => {
  await posthornConsole.close();
  await failing.close();
});

test.each(["light", "dark"] as const)(
  "in %s colours",
  async (colorScheme) => {
    const rules = colorScheme === "light" ? "all" : "contrast";
    const open = await posthornConsole.open({ colorScheme });
    const { page } = open;
    await open.go("/");
    await page.getByLabel(/^Key/).waitFor();
    await expectAccessible(page, `signing in, ${colorScheme}`, rules);
    await open.signIn();
    for (const place of places) {
      await open.go(place);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expect.poll(() => page.locator("[aria-busy]").count(), { timeout: 10_000 }).toBe(0);
      await expectAccessible(page, `${place}, ${colorScheme}`, rules);
    }
    await open.expectClean();
  },
  120_000,
);
