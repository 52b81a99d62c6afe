/** Posthorn and a publisher, together in a separate process. */
import { readConfig, startService, type Service } from "posthorn";
import { serveParent } from "./child.ts";
import { nowUs, payload } from "./payload.ts";
import type { EndpointWanted, Offered, OpenLoop, StartOptions } from "./posthorn.ts";

const eventType = "bench.happened";

let service: Service | null = null;
let adminKey = "";
let databaseUrl = "";
/** How many deliveries have ended since the start, according to the pipeline. */
let settled = 0;
let onSettled = (): void => {};

function running(): Service {
  if (service === null) throw new Error("Posthorn is not started.");
  return service;
}

async function start(options: StartOptions): Promise<{ url: string; adminKey: string }> {
  const config = readConfig(
    { allowCidrs: ["127.0.0.0/8"], logLevel: "fatal" },
    {
      DATABASE_URL: options.databaseUrl,
      POSTHORN_PORT: "0",
      POSTHORN_ENCRYPTION_KEY: options.encryptionKey,
      POSTHORN_ADMIN_KEY: options.adminKey,
      ...options.environment,
    },
  );
  adminKey = options.adminKey;
  databaseUrl = options.databaseUrl;
  service = await startService(config, {
    observer: {
      attempted({ status }) {
        if (status !== "delivered") return;
        settled += 1;
        onSettled();
      },
      leaseLost: () => {},
      attemptHeld: (reason) => process.stderr.write(`an attempt was held: ${reason}\n`),
      sendThrew: (_id, error) => process.stderr.write(`send threw: ${String(error)}\n`),
      deliveryUnreadable: (id, reason) => process.stderr.write(`${id}: ${reason}\n`),
      fanOutFailed: ({ eventId, reason }) => process.stderr.write(`${eventId}: ${reason}\n`),
      storeFailed: (name, error) => process.stderr.write(`${name} failed: ${String(error)}\n`),
    },
  });
  return { url: service.url, adminKey };
}

async function api(method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${running().url}/rest/v1/${path}`, {
    method,
    headers: { apikey: adminKey, "content-type": "application/json", prefer: "return=minimal" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

const endpointsPerRequest = 500;

async function addEndpoints(endpoints: readonly EndpointWanted[]): Promise<void> {
  await fetch(`${running().url}/rest/v1/webhook_event_types`, {
    method: "POST",
    headers: { apikey: adminKey, "content-type": "application/json" },
    body: JSON.stringify({ name: eventType, description: "It happened." }),
  });
  for (let start_ = 0; start_ < endpoints.length; start_ += endpointsPerRequest) {
    const rows = endpoints.slice(start_, start_ + endpointsPerRequest);
    await api("POST", "webhook_endpoints", rows.map(endpointRow));
  }
}

function endpointRow({ orgId, url, ratePerSecond }: EndpointWanted): Record<string, unknown> {
  return { org_id: orgId, url, rate_per_second: ratePerSecond ?? null };
}

function publishOne(orgId: string, dueAtUs: number): Promise<unknown> {
  const dataJson = payload(dueAtUs);
  return running().node.publish([
    {
      orgId,
      type: eventType,
      timestampMs: null,
      dataJson,
      idempotencyKey: null,
      onlyEndpointId: null,
    },
  ]);
}

/**
 * Publishes `count` events, with at most `waitingMax` of them undelivered, and waits for the last
 * delivery.
 */
async function publishAll({
  orgIds,
  count,
  deliveriesPerEvent,
  waitingMax,
}: Offered): Promise<number> {
  const startedUs = nowUs();
  const target = settled + count * deliveriesPerEvent;
  let published = 0;
  let publishing = 0;
  let failed: unknown = null;
  await new Promise<void>((resolve, reject) => {
    const pump = (): void => {
      if (failed !== null) return reject(failed instanceof Error ? failed : new Error("failed"));
      const undelivered = target - settled - (count - published - publishing) * deliveriesPerEvent;
      let room = Math.floor((waitingMax - undelivered) / deliveriesPerEvent);
      while (published + publishing < count && room > 0) {
        room -= 1;
        publishing += 1;
        publishOne(orgIds[(published + publishing) % orgIds.length] as string, nowUs()).then(
          () => {
            publishing -= 1;
            published += 1;
          },
          (error: unknown) => {
            failed = error;
            pump();
          },
        );
      }
      if (published === count && settled >= target) resolve();
    };
    let scheduled = false;
    onSettled = () => {
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        pump();
      });
    };
    pump();
  });
  onSettled = () => {};
  return (nowUs() - startedUs) / 1000;
}

/**
 * Publishes events at a fixed rate that does not depend on their outcome. Each event contains the
 * time at which it was due, so a stall also counts for the events that it delayed.
 * @returns for each publish call, how many milliseconds passed from the moment it was due.
 */
async function openLoop({ orgIds, eventsPerSecond, durationMs }: OpenLoop): Promise<Float64Array> {
  const startUs = nowUs() + 10_000;
  const count = Math.round((eventsPerSecond * durationMs) / 1000);
  const tookMs = new Float64Array(count);
  let next = 0;
  let answered = 0;
  await new Promise<void>((resolve, reject) => {
    // Does not keep the promises of all calls, because their garbage would be counted as the
    // service's.
    const call = (index: number, dueAtUs: number): void => {
      publishOne(orgIds[index % orgIds.length] as string, dueAtUs).then(() => {
        tookMs[index] = (nowUs() - dueAtUs) / 1000;
        answered += 1;
        if (answered === count) resolve();
      }, reject);
    };
    const timer = setInterval(() => {
      for (; next < count; next += 1) {
        const dueAtUs = startUs + Math.round((next * 1_000_000) / eventsPerSecond);
        if (dueAtUs > nowUs()) return;
        call(next, dueAtUs);
      }
      clearInterval(timer);
    }, 1);
  });
  return tookMs;
}

serveParent({
  start,
  addEndpoints,
  patchEndpoints: async ({ filter, fields }: { filter: string; fields: unknown }) => {
    await api("PATCH", `webhook_endpoints?${filter}`, fields);
  },
  publishAll,
  openLoop,
  /** @returns when the call was made. */
  publishOne: async (orgId: string) => {
    const atUs = nowUs();
    await publishOne(orgId, atUs);
    return atUs;
  },
  /**
   * Resolves when this many deliveries have been settled since the start, or after the given time.
   */
  waitSettled: async (wanted: { readonly count: number; readonly withinMs: number }) => {
    const untilUs = nowUs() + wanted.withinMs * 1000;
    while (settled < wanted.count && nowUs() < untilUs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return settled;
  },
  settled: () => settled,
  databaseUrl: () => databaseUrl,
  expire: (request: Parameters<Service["store"]["expire"]>[0]) => running().store.expire(request),
  memory: () => {
    globalThis.gc?.();
    return process.memoryUsage();
  },
  wake: () => running().node.wake(),
  query: async (sql: string) => (await running().pool.query(sql)).rows,
  stop: async () => {
    await service?.close();
  },
});
