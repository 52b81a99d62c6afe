/**
 * Deliveries that a node holds because their receiver does not respond, and the time until they
 * arrive again.
 */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { call } from "./api.ts";
import type { Arrival, Ledger } from "./ledger.ts";
import { addEndpoint, addEventType, eventType } from "./platform.ts";
import { answerWith, type Answer, type DrillReceiver } from "./receiver.ts";
import { sleep } from "./wait.ts";

const endpoints = 20;
const events = 50;
export const heldCount = endpoints * events;
const giveUpMs = 90_000;

/** A receiver that returns 200, but does not respond while it is holding. */
export class Holding {
  #isHolding = false;
  #held: { readonly response: ServerResponse; readonly arrival: Arrival; number: number }[] = [];

  readonly answer: Answer = (response, arrival, number) => {
    if (this.#isHolding) this.#held.push({ response, arrival, number });
    else answerWith(200)(response, arrival, number);
  };

  begin(): void {
    this.#isHolding = true;
  }

  /** Requests from before stay without a response. */
  end(): void {
    this.#isHolding = false;
  }

  /** Responds to the requests that are still open. Returns how many there were. */
  answerHeld(status: number): number {
    const held = this.#held.splice(0);
    for (const each of held) answerWith(status)(each.response, each.arrival, each.number);
    return held.length;
  }
}

export interface HoldingSetup {
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly holding: Holding;
}

/**
 * Publishes 50 events to the 20 endpoints of a new org.
 * @param requests how many concurrent requests publish the events. With several, each process of a
 * node receives some.
 * @returns the endpoint and the event of each delivery.
 */
export async function publishHeld(
  url: string,
  setup: HoldingSetup,
  requests = 1,
): Promise<ReadonlySet<string>> {
  await addEventType(url).catch(() => undefined);
  const orgId = randomUUID();
  const ids: string[] = [];
  for (let count = 0; count < endpoints; count += 1) {
    ids.push(await addEndpoint({ url, ...setup, orgId, answer: setup.holding.answer }));
  }
  setup.holding.begin();
  const published = await Promise.all(
    Array.from({ length: requests }, () => publishSome(url, orgId, events / requests)),
  );
  return new Set(published.flat().flatMap((id) => ids.map((endpointId) => `${endpointId} ${id}`)));
}

/**
 * Publishes `count` events in one request.
 * @returns their ids.
 */
async function publishSome(url: string, orgId: string, count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, () => ({
    org_id: orgId,
    event_type: eventType,
    data: { key: randomUUID() },
  }));
  const answered = await call(url, "POST", "webhook_events", JSON.stringify(rows), {
    prefer: "return=representation",
  });
  if (answered.status !== 201) throw new Error(`A publish request got status ${answered.status}.`);
  return (JSON.parse(answered.text) as { id: string }[]).map(({ id }) => id);
}

/** When each delivery arrived for the first time after this moment. */
export async function arrivedAgain(
  ledger: Ledger,
  wanted: ReadonlySet<string>,
  afterMs: number,
): Promise<readonly number[]> {
  const giveUpAtMs = performance.now() + giveUpMs;
  for (;;) {
    const found = new Map<string, number>();
    for (const { endpointId, eventId, atMs } of ledger.arrivals) {
      const pair = `${endpointId} ${eventId}`;
      if (atMs >= afterMs && wanted.has(pair) && !found.has(pair)) found.set(pair, atMs);
    }
    if (found.size === wanted.size) return [...found.values()];
    if (performance.now() > giveUpAtMs) return [...found.values(), afterMs + giveUpMs];
    await sleep(50);
  }
}

/** How many milliseconds passed until the first and until the last delivery arrived again. */
export interface Times {
  readonly first: number;
  readonly last: number;
}

export function timesOf(arrivals: readonly number[], fromMs: number): Times {
  return { first: Math.min(...arrivals) - fromMs, last: Math.max(...arrivals) - fromMs };
}

export function inWords(times: readonly Times[]): string {
  const of = (values: readonly number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return `median ${at(0.5)} ms, p99 ${at(0.99)} ms`;
  };
  return `first ${of(times.map(({ first }) => first))}; last ${of(times.map(({ last }) => last))}`;
}
