/**
 * The publisher: publishes under load, and retries with the same idempotency key until it gets a
 * response.
 */
import { randomUUID } from "node:crypto";
import { call, rowOf } from "./api.ts";
import type { Ledger, Publication } from "./ledger.ts";
import type { Answer, DrillReceiver } from "./receiver.ts";
import { sleep } from "./wait.ts";

/** The type of all events that the drills publish. */
export const eventType = "drill.happened";
/** The pause before a retry, after a missing response or one that asks for a retry. */
const retryMs = 100;

export interface LoadOptions {
  readonly ledger: Ledger;
  /** The URL of the node that gets the next request, or null if there is none. */
  nodeUrl(): string | null;
  readonly orgIds: readonly string[];
  readonly publishers: number;
  /** How long each publisher waits after an acknowledged event. */
  readonly pauseMs: number;
  /**
   * If true, a missing response or a 503 is an error too, because the drill causes no fault that
   * excuses it.
   */
  readonly isStrict?: boolean;
}

export interface Load {
  /** Stops publishing, and resolves when every event is acknowledged or `withinMs` have passed. */
  finish(withinMs: number): Promise<void>;
}

/** Publishes until `finish` is called. */
export function startLoad(options: LoadOptions): Load {
  const state = { isFinishing: false };
  let giveUpAtMs = Infinity;
  const isOver = (): boolean => performance.now() > giveUpAtMs;
  const publisher = async (): Promise<void> => {
    for (let count = 0; !state.isFinishing; count += 1) {
      const orgId = options.orgIds[count % options.orgIds.length] as string;
      await publishOne(options, orgId, isOver);
      await sleep(options.pauseMs);
    }
  };
  const publishers = Array.from({ length: options.publishers }, () => publisher());
  return {
    async finish(withinMs) {
      state.isFinishing = true;
      giveUpAtMs = performance.now() + withinMs;
      await Promise.all(publishers);
    },
  };
}

/** Publishes one event, and retries until it is acknowledged. */
export async function publishOne(
  options: Pick<LoadOptions, "ledger" | "nodeUrl" | "isStrict">,
  orgId: string,
  isOver: () => boolean = () => false,
): Promise<Publication> {
  const { ledger, nodeUrl } = options;
  const key = randomUUID();
  const publication: Publication = {
    key,
    orgId,
    dataJson: `{"key":"${key}"}`,
    begunAtMs: Date.now(),
    acknowledged: null,
  };
  ledger.publications.set(key, publication);
  while (publication.acknowledged === null && !isOver()) {
    const url = nodeUrl();
    if (url === null || !(await tryPublish(options, url, publication))) await sleep(retryMs);
  }
  return publication;
}

async function tryPublish(
  { ledger, isStrict = false }: Pick<LoadOptions, "ledger" | "isStrict">,
  url: string,
  publication: Publication,
): Promise<boolean> {
  const { key, orgId, dataJson } = publication;
  const event =
    `{"org_id":"${orgId}","event_type":"${eventType}","idempotency_key":"${key}",` +
    `"data":${dataJson}}`;
  const headers = { prefer: "return=headers-only" };
  const answer = await call(url, "POST", "webhook_events", event, headers).catch(causeOf);
  if (typeof answer === "string") {
    // The event may have been stored or not. A retry with the same key finds out.
    if (isStrict) ledger.refusals.push(`A publish was not answered: ${answer}`);
    return false;
  }
  // Another node, which was cut off or frozen, is still processing the first request with this key.
  if (answer.text.includes("PH_IDEMPOTENCY_KEY_IN_FLIGHT")) return false;
  if (!isStrict && answer.status === 503 && answer.headers.has("retry-after")) return false;
  if (answer.status !== 201 && answer.status !== 200) {
    ledger.refusals.push(
      `A publish request got status ${answer.status} ${answer.text.slice(0, 300)}`,
    );
    return false;
  }
  const eventId = answer.headers.get("location")?.split("=eq.")[1] ?? "";
  publication.acknowledged = { eventId, atMs: Date.now() };
  return true;
}

/**
 * Creates the event type, and an endpoint in the org.
 * @returns the endpoint's id.
 */
export async function addEndpoint(parts: {
  readonly url: string;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly orgId: string;
  readonly answer?: Answer;
}): Promise<string> {
  const { url, ledger, receiver, orgId, answer } = parts;
  const name = randomUUID();
  const row = await rowOf(url, "POST", "webhook_endpoints", {
    org_id: orgId,
    url: receiver.urlOf(name),
  });
  const id = String(row["id"]);
  receiver.register(name, id, String(row["secret"]), answer);
  ledger.endpoints.set(orgId, [...(ledger.endpoints.get(orgId) ?? []), id]);
  return id;
}

/** Creates the event type of all published events. */
export async function addEventType(url: string): Promise<void> {
  await rowOf(url, "POST", "webhook_event_types", { name: eventType, description: "A drill." });
}

/** `fetch` reports only that it failed, so this returns the cause of the error. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : "no answer";
}
