/**
 * A client that publishes one event a request at a fixed rate, which does not depend on the
 * responses. Each event contains the time at which it was due, so a stall also counts for the
 * events that it delayed.
 */
import { Pool } from "undici";
import { serveParent } from "./child.ts";
import type { HttpOpenLoop } from "./open-loop.ts";
import { nowUs, payload } from "./payload.ts";

const eventType = "bench.happened";
const connections = 64;
/** How many requests make V8 compile what this process needs. */
const warmUpRequests = 2_000;

async function warmUp(url: string): Promise<void> {
  const pool = new Pool(url, { connections });
  const one = (): Promise<void> => send(pool, "/warm-up", "", payload(nowUs()));
  for (let sent = 0; sent < warmUpRequests; sent += connections) {
    await Promise.all(Array.from({ length: connections }, one));
  }
  await pool.close();
}

async function send(pool: Pool, path: string, apikey: string, body: string): Promise<void> {
  const headers = { apikey, "content-type": "application/json", prefer: "return=minimal" };
  const response = await pool.request({ method: "POST", path, headers, body });
  const text = await response.body.text();
  if (response.statusCode >= 300) throw new Error(`${response.statusCode} ${text}`);
}

async function publish(load: HttpOpenLoop): Promise<Float64Array> {
  const pool = new Pool(load.url, { connections });
  const startUs = nowUs() + 5_000;
  const count = Math.round((load.eventsPerSecond * load.durationMs) / 1000);
  const tookMs = new Float64Array(count);
  let next = 0;
  let answered = 0;
  await new Promise<void>((resolve, reject) => {
    const call = (index: number, dueAtUs: number): void => {
      const orgId = load.orgIds[index % load.orgIds.length];
      const body = `{"org_id":"${orgId}","event_type":"${eventType}","data":${payload(dueAtUs)}}`;
      send(pool, "/rest/v1/webhook_events", load.key, body).then(() => {
        tookMs[index] = (nowUs() - dueAtUs) / 1000;
        answered += 1;
        if (answered === count) resolve();
      }, reject);
    };
    const timer = setInterval(() => {
      for (; next < count; next += 1) {
        const dueAtUs = startUs + Math.round((next * 1_000_000) / load.eventsPerSecond);
        if (dueAtUs > nowUs()) return;
        call(next, dueAtUs);
      }
      clearInterval(timer);
    }, 1);
  });
  await pool.close();
  return tookMs;
}

serveParent({ warmUp, publish });
