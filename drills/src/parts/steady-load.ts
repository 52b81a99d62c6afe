/**
 * Publishes at a steady rate that does not depend on the responses, because a slow service must not
 * get less load. It uses plain requests on kept-alive connections, because the measured service
 * needs the CPU time.
 */
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import type { Ledger, Publication } from "./ledger.ts";
import { adminKey } from "./node.ts";
import { eventType } from "./platform.ts";

const tickMs = 5;
const connectionsMax = 128;

export interface SteadyLoadOptions {
  readonly url: string;
  readonly ledger: Ledger;
  /** How many events each org publishes per second. */
  readonly perSecond: ReadonlyMap<string, number>;
}

export interface SteadyLoad {
  /** Stops publishing, and resolves when all responses have arrived. */
  finish(): Promise<void>;
}

/** Publishes each event only once. The ledger records any status except 201 as a refusal. */
export function startSteadyLoad({ url, ledger, perSecond }: SteadyLoadOptions): SteadyLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  const publishing = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  const begun = new Map<string, number>();
  const timer = setInterval(() => {
    const seconds = (performance.now() - startedAtMs) / 1000;
    for (const [orgId, rate] of perSecond) {
      let count = begun.get(orgId) ?? 0;
      for (; count < seconds * rate; count += 1) {
        const one = publish(url, agent, ledger, orgId).finally(() => publishing.delete(one));
        publishing.add(one);
      }
      begun.set(orgId, count);
    }
  }, tickMs);
  return {
    async finish() {
      clearInterval(timer);
      await Promise.all(publishing);
      agent.destroy();
    },
  };
}

function publish(url: string, agent: Agent, ledger: Ledger, orgId: string): Promise<void> {
  const key = randomUUID();
  const dataJson = `{"key":"${key}"}`;
  const publication: Publication = {
    key,
    orgId,
    dataJson,
    begunAtMs: Date.now(),
    acknowledged: null,
  };
  ledger.publications.set(key, publication);
  const body = `{"org_id":"${orgId}","event_type":"${eventType}","data":${dataJson}}`;
  const headers = {
    apikey: adminKey,
    "content-type": "application/json",
    "content-length": String(body.length),
    prefer: "return=headers-only",
  };
  return new Promise((resolve) => {
    const sent = request(`${url}/rest/v1/webhook_events`, { method: "POST", headers, agent });
    sent.on("response", (response) => {
      const eventId = response.headers.location?.split("=eq.")[1];
      if (response.statusCode === 201 && eventId !== undefined) {
        publication.acknowledged = { eventId, atMs: Date.now() };
      } else ledger.refusals.push(`A publish request got status ${response.statusCode}`);
      response.resume();
      response.on("close", resolve);
    });
    sent.on("error", (error) => {
      ledger.refusals.push(`A publish was not answered: ${error.message}`);
      resolve();
    });
    sent.end(body);
  });
}
