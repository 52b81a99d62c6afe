/** Which presets POSTHORN_PRESETS loads at the first start, and what it changes at later starts. */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { startService, type Service } from "../../src/service/compose.ts";
import { describePresets } from "../../src/service/presets.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../src/testing/test-database.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, type Api } from "../support/service.ts";

const encryptionKey = randomBytes(32).toString("base64");
const operational = ["endpoint.disabled", "endpoint.failing"];
const cadana = ["payroll.status.updated", "person.created"];

let database: TestDatabase;
let receiver: Receiver;
const running: Service[] = [];

async function newDatabase(): Promise<TestDatabase> {
  const adminUrl = inject("postgresUrl");
  return createTestDatabase(adminUrl, { template: await migratedTemplate(adminUrl, migrate) });
}

/** Starts a node on the database. It is stopped after the test. */
async function start(
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly service: Service; readonly api: Api }> {
  const config = readConfig(
    { allowCidrs: ["127.0.0.0/8"], logLevel: "silent" },
    {
      DATABASE_URL: database.url,
      POSTHORN_PORT: "0",
      POSTHORN_PROBE: "0s",
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ENCRYPTION_KEY: encryptionKey,
      ...environment,
    },
  );
  const service = await startService(config);
  running.push(service);
  return { service, api: apiOf(service.url, adminKey) };
}

async function eventTypes(api: Api): Promise<readonly unknown[]> {
  const { rows } = await api.get("/rest/v1/webhook_event_types?select=name&order=name");
  return rows.map((row) => row["name"]);
}

async function newEndpoint(api: Api, fields: object = {}) {
  const endpoint = { org_id: randomUUID(), url: receiver.url, ...fields };
  return (await api.post("/rest/v1/webhook_endpoints", endpoint)).row;
}

beforeAll(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});
afterAll(() => receiver.close());

describe("none", () => {
  beforeAll(async () => {
    database = await newDatabase();
  });
  afterAll(() => database.drop());

  test("is an empty catalogue, for the platform and its customers, and the contract standard", async () => {
    const { service, api } = await start({ POSTHORN_PRESETS: "none" });
    expect(service.installed).toMatchObject({
      isFirstStart: true,
      presets: { loaded: [], kept: [] },
    });
    expect(await eventTypes(api)).toEqual([]);
    const endpoint = await newEndpoint(api);
    expect(endpoint["contract"]).toBe("standard");
    const key = await api.post("/rest/v1/api_keys", { org_id: endpoint["org_id"], role: "manage" });
    expect(await eventTypes(apiOf(service.url, String(key.row["key"])))).toEqual([]);

    const sent = await api.post("/rest/v1/rpc/send_test", { endpoint_id: endpoint.id });
    expect([sent.status, sent.row["event_type"]]).toEqual([200, "webhook.test"]);
    const [arrived] = await receiver.waitFor(1);
    expect(JSON.parse(arrived!.body)).toMatchObject({ type: "webhook.test" });

    await api.post("/rest/v1/webhook_event_types", { name: "invoice.paid" });
    expect(await eventTypes(api)).toEqual(["invoice.paid"]);
  });

  test("publishes no operational event, because the platform did not choose its type", async () => {
    const { service, api } = await start({ POSTHORN_PRESETS: "none" });
    expect(service.installed.isFirstStart).toBe(false);
    const gone = await startReceiver(answerStatus(410));
    const endpoint = await newEndpoint(api, { url: gone.url });
    await api.post("/rest/v1/rpc/send_test", { endpoint_id: endpoint.id });
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpoint.id}`;
    await until(async () => (await api.get(path)).row["is_active"] === false, "its end");
    await gone.close();
    const events = await api.get(`/rest/v1/webhook_events?org_id=eq.${String(endpoint["org_id"])}`);
    expect(events.rows.map((row) => row["event_type"])).toEqual(["webhook.test"]);
    expect(await eventTypes(api)).toEqual(["invoice.paid"]);
  });

  test("with POSTHORN_OPERATIONAL_ORG has the types of the operational events", async () => {
    const { api } = await start({
      POSTHORN_PRESETS: "none",
      POSTHORN_OPERATIONAL_ORG: randomUUID(),
    });
    expect(await eventTypes(api)).toEqual([...operational, "invoice.paid"]);
  });
});

describe("at a later start", () => {
  beforeAll(async () => {
    database = await newDatabase();
  });
  afterAll(() => database.drop());

  test("another preset is added, and its contract is the default of new endpoints", async () => {
    const first = await start({ POSTHORN_PRESETS: "cadana" });
    expect(first.service.installed.presets).toEqual({ loaded: ["cadana"], kept: [] });
    expect(await eventTypes(first.api)).toEqual([...operational, ...cadana]);
    const before = await newEndpoint(first.api);
    expect(before["contract"]).toBe("cadana");

    const second = await start({ POSTHORN_PRESETS: "cda, cadana" });
    expect(second.service.installed).toMatchObject({
      isFirstStart: false,
      presets: { loaded: ["cda"], kept: [] },
    });
    expect(await eventTypes(second.api)).toEqual(
      expect.arrayContaining([...operational, ...cadana, "scan.completed"]),
    );
    expect((await newEndpoint(second.api))["contract"]).toBe("cda");
    const found = await second.api.get(`/rest/v1/webhook_endpoints?id=eq.${before.id}`);
    expect(found.row["contract"]).toBe("cadana");
  });

  test("what the platform deleted or changed stays so", async () => {
    const { api } = await start({});
    const type = (name: string) => `/rest/v1/webhook_event_types?name=eq.${name}`;
    for (const name of ["person.created", "endpoint.failing", "alert.breach"]) {
      expect((await api.request("DELETE", type(name))).status).toBe(204);
    }
    await api.request("PATCH", type("scan.claimed"), { description: "Ours" });
    const left = await eventTypes(api);

    const again = await start({});
    expect(again.service.installed.presets).toEqual({ loaded: [], kept: [] });
    expect(await eventTypes(again.api)).toEqual(left);
    expect((await again.api.get(type("scan.claimed"))).row["description"]).toBe("Ours");
  });

  test("none deletes no event type, and the log names the presets that stay", async () => {
    const { service, api } = await start({ POSTHORN_PRESETS: "none" });
    expect(service.installed.presets).toEqual({ loaded: [], kept: ["cadana", "cda"] });
    const left = await eventTypes(api);
    expect(left).toHaveLength(11);
    expect(left).toEqual(expect.arrayContaining(["scan.claimed", "payroll.status.updated"]));
    expect((await newEndpoint(api))["contract"]).toBe("standard");
    await api.request("DELETE", "/rest/v1/webhook_event_types?name=eq.payroll.status.updated");
    const { installed } = (await start({ POSTHORN_PRESETS: "none" })).service;
    expect(installed.presets.kept).toEqual(["cda"]);
  });
});

test("the log says what is loaded, what stays, and how to choose", () => {
  const none = { presets: [], contract: "standard" };
  expect(describePresets({ loaded: [], kept: [] }, none)).toBe(
    "No presets: Posthorn adds no event types. Default contract: standard. " +
      "Set POSTHORN_PRESETS to load presets.",
  );
  expect(describePresets({ loaded: [], kept: ["cda"] }, none)).toContain(
    "Event types of cda from an earlier start stay in the catalogue until you delete them.",
  );
  const two = { presets: ["cda", "cadana"], contract: "cda" };
  expect(describePresets({ loaded: ["cda", "cadana"], kept: [] }, two)).toContain(
    "Presets with their event types: cda, cadana. Default contract: cda. " +
      "Set POSTHORN_PRESETS to other presets, or to none.",
  );
});
