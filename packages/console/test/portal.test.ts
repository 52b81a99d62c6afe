/** A customer opens the console inside the platform's own product. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { subscribe } from "../../server/test/support/flow.ts";
import { expectAccessible } from "./support/browser.ts";
import { startConsole, type TestConsole } from "./support/console.ts";

/** The platform's own product: a page with a frame, on another origin. */
async function startProduct(): Promise<{ server: Server; origin: string; frame: string }> {
  let frame = "";
  const product = {
    get frame() {
      return frame;
    },
    set frame(url: string) {
      frame = url;
    },
  };
  const server = createServer((request, response) => {
    // Only the first page contains the frame, because another frame would sign in with the link
    // again.
    const iframe =
      request.url === "/"
        ? `<iframe title="Webhooks" src="${frame}" width="1000" height="700"></iframe>`
        : "";
    response.writeHead(200, { "content-type": "text/html" }).end(`<title>Product</title>${iframe}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(product, { server, origin: `http://127.0.0.1:${port}` });
}

let product: Awaited<ReturnType<typeof startProduct>>;
let posthornConsole: TestConsole;
let orgId: string;

beforeAll(async () => {
  product = await startProduct();
  posthornConsole = await startConsole({
    POSTHORN_FRAME_ORIGINS: product.origin,
    POSTHORN_CONSOLE_NAME: "Acme Cloud",
    POSTHORN_CONSOLE_ACCENT: "#1d4ed8",
  });
  ({ orgId } = await subscribe(posthornConsole.posthorn, "http://127.0.0.1:9/portal"));
});

afterAll(async () => {
  await posthornConsole.close();
  await new Promise((resolve) => product.server.close(resolve));
});

async function link(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { row } = await posthornConsole.posthorn.api.post("/rest/v1/rpc/portal_link", {
    org_id: orgId,
    ...fields,
  });
  return String(row["url"]);
}

test("a link opens the console in the platform's frame, in its name and colour", async () => {
  product.frame = await link({ appearance: "dark" });
  const open = await posthornConsole.open();
  await open.page.goto(product.origin);
  const frame = open.page.frameLocator("iframe");
  await frame.getByText("Acme Cloud").waitFor();
  await frame.getByRole("link", { name: "http://127.0.0.1:9/portal" }).waitFor();
  await expect
    .poll(() => frame.locator("html").getAttribute("data-mantine-color-scheme"))
    .toBe("dark");
  const button = frame.getByRole("link", { name: "Add endpoint" });
  const color = await button.evaluate(
    (element) => element.ownerDocument.defaultView.getComputedStyle(element).backgroundColor,
  );
  // The buttons have the platform's accent colour.
  expect(color).toMatch(/^rgb\(\d+, \d+, 2\d\d\)$/);
  // The customer does not see the operator's pages.
  expect(await frame.getByText("All orgs").count()).toBe(0);
  await open.expectClean();
});

test("no other site may frame it", async () => {
  const other = await startProduct();
  other.frame = await link();
  const open = await posthornConsole.open();
  await open.page.goto(other.origin);
  await expect
    .poll(() => open.page.frames().some((frame) => frame.url().startsWith("chrome-error:")))
    .toBe(true);
  await new Promise((resolve) => other.server.close(resolve));
});

test("a read-only link can change nothing, and does not stay in the URL", async () => {
  const open = await posthornConsole.open();
  const { page } = open;
  await page.goto(await link({ read_only: true }));
  await page.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
  expect(page.url()).not.toContain("phl_");
  await page.goBack().catch(() => null);
  expect(page.url()).not.toContain("phl_");
  await page.goto(`${posthornConsole.posthorn.service.url}/orgs/${orgId}/endpoints`);
  expect(await page.getByRole("link", { name: "Add endpoint" }).count()).toBe(0);
  await page.getByRole("link", { name: "http://127.0.0.1:9/portal" }).click();
  await page.getByRole("tab", { name: "Settings" }).click();
  await page.getByText("You may look at these settings").waitFor();
  expect(await page.getByRole("textbox", { name: "URL" }).isDisabled()).toBe(true);
  expect(await page.getByRole("button", { name: "Delete endpoint" }).count()).toBe(0);
  await expectAccessible(page, "settings, read only");
  await open.expectClean();
});

test("a link's session works in every tab, and leaving it leads back to the product", async () => {
  const open = await posthornConsole.open();
  const { page, context } = open;
  product.frame = await link({ return_url: `${product.origin}/settings` });
  await page.goto(product.origin);
  const frame = page.frameLocator("iframe");
  const endpoint = frame.getByRole("link", { name: "http://127.0.0.1:9/portal" });
  await endpoint.waitFor();
  const tab = await context.newPage();
  tab.setDefaultTimeout(30_000);
  const { url } = posthornConsole.posthorn.service;
  await tab.goto(url + String(await endpoint.getAttribute("href")));
  await tab.getByRole("heading", { level: 1, name: "http://127.0.0.1:9/portal" }).waitFor();
  // A customer can open neither the operator's pages nor another org's.
  for (const path of ["/overview", `/orgs/${posthornConsole.posthorn.newOrg()}/endpoints`]) {
    await tab.goto(url + path);
    await tab.getByRole("heading", { level: 1, name: "Page not found" }).waitFor();
  }
  await frame.getByRole("button", { name: "Account" }).click();
  await frame.getByRole("menuitem", { name: "Sign out and go back" }).click();
  await page.waitForURL(`${product.origin}/settings`);
  // The session of the other tab has ended as well. The page must not ask a customer for a key.
  await tab.reload();
  await tab.getByText("You are signed out.").waitFor();
  const back = tab.getByRole("link", { name: "Go back to your product" });
  expect(await back.getAttribute("href")).toBe(`${product.origin}/settings`);
  expect(await tab.getByLabel(/^Key/).count()).toBe(0);
  await open.expectClean();
});

test("an expired link says so, and opens nothing", async () => {
  const url = await link();
  await posthornConsole.posthorn.service.pool.query(
    "update posthorn.portal_links set expires_at = now() - interval '1 second'",
  );
  const open = await posthornConsole.open();
  await open.page.goto(url);
  await open.page.getByText("The link is not valid or has expired.").waitFor();
  await expectAccessible(open.page, "a link that is over");
  await open.expectClean();
});
