/**
 * `npm run screenshots` takes the pictures of the console in docs/images, light and dark. It uses a
 * real service with deliveries of a sample platform.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import chromium from "@sparticuz/chromium";
import { chromium as playwright } from "playwright-core";
import { readConfig, startService } from "../packages/server/dist/index.js";

const folder = path.resolve(import.meta.dirname, "../docs/images");
const adminKey = "screenshots-only-0123456789";
const orgId = "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11";
const otherOrgId = "1b0c6c0e-52f5-4a4f-8a25-6f3c9d5b7e21";

/** The path selects the response: /ok, /slow, /unauthorized, /broken. */
function startReceiver() {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const answers = { "/unauthorized": 401, "/broken": 503 };
      const status = answers[request.url] ?? 200;
      const body = status === 200 ? "" : JSON.stringify({ error: "signature does not match" });
      const waitMs = request.url === "/slow" ? 120 + Math.random() * 400 : Math.random() * 15;
      setTimeout(() => {
        response.writeHead(status, { "content-type": "application/json", server: "acme" });
        response.end(body);
      }, waitMs);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ server, port: server.address().port }));
  });
}

async function call(service, pathname, body, method = "POST") {
  const response = await fetch(service.url + pathname, {
    method,
    headers: {
      apikey: adminKey,
      "content-type": "application/json",
      prefer: "return=representation",
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${pathname}: ${response.status} ${await response.text()}`);
  const answer = await response.json();
  return Array.isArray(answer) ? answer[0] : answer;
}

const eventTypes = ["scan.completed", "mission.assigned", "mission.completed"];

async function fill(service, port) {
  await call(service, "/rest/v1/webhook_orgs", { id: orgId, name: "Globex" });
  await call(service, "/rest/v1/webhook_orgs", { id: otherOrgId, name: "Initech" });
  const endpoints = {};
  for (const [name, description] of [
    ["ok", "Orders"],
    ["slow", "Data warehouse"],
    ["unauthorized", "New shop, being set up"],
  ]) {
    endpoints[name] = await call(service, "/rest/v1/webhook_endpoints", {
      org_id: orgId,
      url: `http://127.0.0.1:${port}/${name}`,
      description,
      events: name === "slow" ? null : eventTypes,
    });
  }
  await call(service, "/rest/v1/webhook_endpoints", {
    org_id: otherOrgId,
    url: `http://127.0.0.1:${port}/broken`,
    description: "Billing",
  });
  for (let sent = 0; sent < 60; sent += 1) {
    const event_type = eventTypes[sent % eventTypes.length];
    const data = event_type.startsWith("scan")
      ? { scan_id: `s-${sent}`, target_domain: "example.com", score_overall: 72 }
      : { mission_id: `m-${sent}` };
    await call(service, "/rest/v1/webhook_events", { org_id: orgId, event_type, data });
    if (sent % 6 === 0) {
      await call(service, "/rest/v1/webhook_events", { org_id: otherOrgId, event_type, data });
    }
  }
  // Waits for the retries and their statistics, which a node writes every few seconds.
  await new Promise((resolve) => setTimeout(resolve, 14_000));
  const failed = await fetch(
    `${service.url}/rest/v1/webhook_deliveries?endpoint_id=eq.${endpoints.unauthorized.id}` +
      "&status=eq.failed&limit=1",
    { headers: { apikey: adminKey } },
  );
  const [delivery] = await failed.json();
  return { endpoints, delivery };
}

function pagesOf({ endpoints, delivery }) {
  const org = `/orgs/${orgId}`;
  return [
    ["endpoints", `${org}/endpoints`],
    ["endpoint-new", `${org}/endpoints/new`],
    ["endpoint", `${org}/endpoints/${endpoints.ok.id}`],
    ["verify", `${org}/endpoints/${endpoints.ok.id}?tab=verify`],
    ["replay", `${org}/endpoints/${endpoints.unauthorized.id}?tab=replay`],
    ["deliveries", `${org}/deliveries`],
    ["delivery", `${org}/deliveries/${delivery.id}`],
    ["event", `${org}/events/${delivery.event_id}`],
    ["overview", "/overview"],
    ["dead-letters", "/dead-letters"],
    ["event-types", "/event-types"],
    ["audit", "/audit"],
  ];
}

async function take(browser, service, pages, colorScheme) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(service.url);
  await page.getByLabel(/^Key/).fill(adminKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Account" }).waitFor();
  for (const [name, place] of pages) {
    await page.goto(service.url + place);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("[aria-busy]").first().waitFor({ state: "detached" });
    await page.waitForTimeout(900);
    await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`) });
  }
  await context.close();
}

const dataDir = await mkdtemp(path.join(tmpdir(), "posthorn-screenshots-"));
const { server, port } = await startReceiver();
const service = await startService(
  readConfig(
    { allowCidrs: ["127.0.0.0/8"], logLevel: "silent" },
    {
      POSTHORN_PORT: "0",
      POSTHORN_DATA_DIR: dataDir,
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_RETRY_SCHEDULE: "0s,1s,2s",
    },
  ),
);
const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  await mkdir(folder, { recursive: true });
  const pages = pagesOf(await fill(service, port));
  for (const colorScheme of ["light", "dark"]) await take(browser, service, pages, colorScheme);
} finally {
  await browser.close();
  await service.close();
  server.close();
  await rm(dataDir, { recursive: true, force: true });
}
