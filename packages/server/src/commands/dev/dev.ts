/** `posthorn dev`: the service, with a sample endpoint and an inbox. */
import { readConfig, type Config, type ConfigDefaults } from "../../config/config.ts";
import { limits } from "../../limits.ts";
import { system } from "../../model/audit.ts";
import { inTransaction } from "../../postgres/pool.ts";
import { startService, type Service, type ServiceOptions } from "../../service/compose.ts";
import { onDatabaseLost } from "../failure.ts";
import { stoppingBy, stopSignal } from "../stopping.ts";
import { startInbox, type Inbox, type ReceivedWebhook } from "./inbox.ts";
import { firstSteps, sampleArrived } from "./first-steps.ts";

const devDefaults: ConfigDefaults = { allowCidrs: ["127.0.0.0/8", "::1/128"], logLevel: "warn" };

export const sampleOrgId = "00000000-0000-4000-8000-000000000001";
const sampleDescription = "The inbox of posthorn dev";
const sampleEventType = "scan.completed";
const sampleEventTypes = [sampleEventType, "mission.assigned", "mission.completed"];

/** Runs until a stop signal. */
export async function dev(): Promise<void> {
  const stopped = stopSignal();
  const options = { onDatabaseLost, stopping: stoppingBy(stopped) };
  await runDev(readConfig(devDefaults), stopped, options);
}

/** Runs until `stopped` resolves; resolves when everything it started has stopped. */
export async function runDev(
  config: Config,
  stopped: Promise<void>,
  options: ServiceOptions,
): Promise<void> {
  const startedAtMs = performance.now();
  const service = await startService(config, options);
  let inbox: Inbox | null = null;
  try {
    inbox = await startInbox({ host: "127.0.0.1", port: 0, secrets: () => secretsOf(service) });
    const endpointId = await sampleEndpoint(service, `${inbox.url}/inbox`);
    const webhook = await deliverSample(service, inbox);
    const tookSeconds = (performance.now() - startedAtMs) / 1000;
    const screen = firstSteps({
      url: service.url,
      adminKey: service.adminKey,
      inboxUrl: inbox.url,
      orgId: sampleOrgId,
      endpointId,
    });
    process.stdout.write(`${sampleArrived(webhook, tookSeconds)}\n${screen}\n`);
    await stopped;
    process.stdout.write("\nStopping.\n");
  } finally {
    await service.close();
    await inbox?.close();
  }
}

/** The endpoint of the previous start, pointed at the new inbox; or a new endpoint. */
async function sampleEndpoint(service: Service, url: string): Promise<string> {
  const { pool, endpoints, clock } = service;
  return inTransaction(pool, async (transaction) => {
    const nowMs = clock.now();
    const { rows } = await transaction.query<{ id: string }>(
      `select id from posthorn.endpoints
       where org_id = $1 and description = $2 and deleted_at is null limit 1`,
      [sampleOrgId, sampleDescription],
    );
    const found = rows[0];
    if (found !== undefined) {
      await endpoints.update(transaction, [found.id], { url, is_active: true }, nowMs, system);
      return found.id;
    }
    const fields = {
      org_id: sampleOrgId,
      url,
      events: sampleEventTypes,
      description: sampleDescription,
    };
    const created = await endpoints.create(transaction, fields, nowMs, system);
    await transaction.query(
      "update posthorn.orgs set name = 'Sample org' where id = $1 and name is null",
      [sampleOrgId],
    );
    return created.id;
  });
}

/** The secrets of all endpoints, so that any endpoint pointed at the inbox is verified. */
async function secretsOf({ pool, store }: Service): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>(
    "select id from posthorn.endpoints where deleted_at is null order by id desc limit 100",
  );
  const endpoints = await store.endpoints(rows.map((row) => row.id));
  return endpoints.flatMap((endpoint) => endpoint.secrets.map((each) => each.secret));
}

/** Publishes the sample event type's own example, and waits until the inbox has received it. */
async function deliverSample(service: Service, inbox: Inbox): Promise<ReceivedWebhook | null> {
  const { rows } = await service.pool.query<{ example: string }>(
    "select example::text as example from posthorn.event_types where name = $1",
    [sampleEventType],
  );
  const dataJson = rows[0]?.example;
  if (dataJson === undefined) return null;
  const [published] = await service.node.publish([
    {
      orgId: sampleOrgId,
      type: sampleEventType,
      timestampMs: null,
      dataJson,
      idempotencyKey: null,
      onlyEndpointId: null,
    },
  ]);
  return published === undefined ? null : inbox.waitFor(published.eventId, limits.devSampleWaitMs);
}
