/** A customer's developer shapes what an endpoint gets, and when. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { subscribe } from "../../server/test/support/flow.ts";
import { expectAccessible } from "./support/browser.ts";
import { startConsole, type TestConsole } from "./support/console.ts";

let posthornConsole: TestConsole;
beforeAll(async () => {
  posthornConsole = await startConsole();
});
afterAll(() => posthornConsole.close());

test("writes a transformation, tests it on data, and saves it", async () => {
  const { posthorn } = posthornConsole;
  const orgId = posthorn.newOrg();
  const { endpointId } = await subscribe(posthorn, "http://127.0.0.1:9/", { org_id: orgId });
  const { row: key } = await posthorn.api.post("/rest/v1/api_keys", {
    org_id: orgId,
    role: "manage",
    name: "a developer's",
  });
  const path = `/orgs/${orgId}/endpoints/${endpointId}?tab=settings`;
  const open = await posthornConsole.openSignedIn(path, { key: String(key["key"]) });
  const { page } = open;
  const source = page.getByRole("textbox", { name: "Transformation" });
  const save = page.getByRole("button", { name: "Save" });
  await source.fill("({ data }) => {\n  return data.none.x;\n}");
  await page.getByRole("textbox", { name: "Test data" }).fill('{"amount": 5}');
  await page.getByRole("button", { name: "Test the transformation" }).click();
  await page.getByText(/^It fails: line 2: TypeError/).waitFor();
  await source.fill("({ data }) => ({ data: { total: data.amount * 2 } })");
  await page.getByRole("button", { name: "Test the transformation" }).click();
  await page.getByText("The endpoint would get:").waitFor();
  await page.getByText('"total": 10').waitFor();
  await expectAccessible(page, "a transformation");
  await source.fill("({ data }) => ({ cancel: true })");
  await page.getByRole("button", { name: "Test the transformation" }).click();
  await page.getByText("It cancels the delivery").waitFor();
  await source.fill("no function");
  await save.click();
  await page.getByText("The transformation cannot be used").waitFor();
  await source.fill("() => ({})");
  await save.click();
  await page.getByText("Saved.").waitFor();
  const { row } = await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${endpointId}`);
  expect(row["transformation"]).toBe("() => ({})");
  await open.expectClean();
});

test("pauses an endpoint for a while, and resumes it early", async () => {
  const { posthorn } = posthornConsole;
  const { orgId, endpointId } = await subscribe(posthorn, "http://127.0.0.1:9/");
  const path = `/orgs/${orgId}/endpoints/${endpointId}?tab=settings`;
  const open = await posthornConsole.openSignedIn(path, { key: posthorn.api.key });
  const { page } = open;
  await page.getByRole("button", { name: "Pause endpoint" }).click();
  await page.getByText("This endpoint is paused").waitFor();
  await expectAccessible(page, "a paused endpoint");
  const pausedUntil = async (): Promise<unknown> =>
    (await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${endpointId}`)).row["paused_until"];
  expect(Date.parse(String(await pausedUntil()))).toBeGreaterThan(Date.now());
  await page.getByRole("button", { name: "Resume now" }).click();
  await page.getByText("This endpoint is paused").waitFor({ state: "detached" });
  expect(await pausedUntil()).toBeNull();
  await open.expectClean();
});
