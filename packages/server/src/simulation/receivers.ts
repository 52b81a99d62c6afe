/** The receivers of a simulation, and the connection of each node to them. */
import { SignatureError, verifyStandardWebhook } from "@posthorn/consumer";
import type { CompiledContract } from "../contracts/render.ts";
import { deliveryId } from "../model/id.ts";
import {
  noTimings,
  type Destination,
  type Exchange,
  type ExchangeErrorClass,
  type OutgoingMessage,
  type SignedRequest,
} from "../pipeline/ports.ts";
import type { MemoryStore } from "../store/memory/memory-store.ts";
import type { SeededRandom } from "./chance.ts";
import type { NodeClock, VirtualClock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";
import { simulatedDataJson } from "./transformer.ts";

export const behaviours = [
  "steady",
  "failing",
  "flaky",
  "throttling",
  "hanging",
  "forgetful",
  "gone",
] as const;
export type Behaviour = (typeof behaviours)[number];

export interface ReceiverWorld {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly store: MemoryStore;
  readonly contract: CompiledContract;
  readonly secret: string;
  readonly behaviourOf: Map<string, Behaviour>;
  /** When the faults have ended, every receiver returns 200. */
  readonly faults: { readonly isOn: boolean };
}

interface Answer {
  /** Null if the receiver never responds, or if its response is lost. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the receiver has processed the event, even if the sender does not learn about it. */
  readonly isProcessed: boolean;
}

/**
 * A node's connection to receivers: to all URLs, and to the terminals that are connected to the
 * node.
 */
export class SimulatedDestination implements Destination {
  readonly #world: ReceiverWorld;
  readonly #clock: NodeClock;
  readonly #open = new Map<string, number>();
  /** The ids of deliveries whose request is in flight. */
  readonly inHand = new Set<string>();
  /** The sessions of connected terminals, by endpoint. */
  readonly sessions = new Map<string, string>();

  constructor(world: ReceiverWorld, clock: NodeClock) {
    this.#world = world;
    this.#clock = clock;
  }

  sessionIds(): readonly string[] {
    return [...this.sessions.values()];
  }

  send(request: OutgoingMessage): Promise<Exchange> {
    const { clock, random, ledger, store, faults } = this.#world;
    const { endpointId, eventId } = request;
    const id = deliveryId(eventId, endpointId);
    const sessionId = this.sessions.get(endpointId);
    const isTerminal = store.endpoint(endpointId)?.destination === "cli";
    if (isTerminal && sessionId === undefined) {
      ledger.saw("claimed for a terminal that then disconnected");
      return Promise.resolve(failure("unsent", 0));
    }
    const nowMs = clock.now();
    this.#countOpen(endpointId, 1);
    this.inHand.add(id);
    const notBeforeMs = ledger.notBeforeMs.get(id) ?? 0;
    if (nowMs < notBeforeMs) {
      ledger.violated(`delivery ${id} was sent ${notBeforeMs - nowMs} ms before its time`);
    }
    const event = store.events.get(eventId);
    if (event === undefined) ledger.violated(`event ${eventId} was sent, and never stored`);
    const signed = request.sign();
    if ("class" in signed) {
      ledger.violated(`event ${eventId} was not signed: ${signed.message}`);
      return Promise.resolve(failure("internal", 0));
    }
    if (headerOf(signed, "webhook-id") !== (event?.externalId ?? eventId))
      ledger.violated(`event ${eventId} was sent with another id`);

    return new Promise((resolve) => {
      const finish = (exchange: Exchange): void => {
        this.#countOpen(endpointId, -1);
        this.inHand.delete(id);
        const hasLeft = isTerminal && this.sessions.get(endpointId) !== sessionId;
        if (hasLeft) ledger.saw("terminal disconnected before it answered");
        resolve(hasLeft ? failure("no_terminal", exchange.durationMs) : exchange);
      };
      if (faults.isOn && random.chance(0.02)) {
        ledger.saw("attempt held: posthorn was short of something itself");
        const own = failure(random.oneOf(["resources", "stalled"] as const), 1);
        this.#clock.after(random.between(0, 30), () => finish(own));
        return;
      }
      // The request arrives even if the node that sent it has crashed.
      clock.after(random.between(1, 30), () => {
        const answer = this.#receive(signed, { id, eventId, endpointId });
        const durationMs = random.between(5, 200);
        if (answer.status === null || durationMs > request.timeoutMs) {
          const leftMs = nowMs + request.timeoutMs - clock.now();
          this.#clock.after(leftMs, () => finish(failure("timeout", request.timeoutMs)));
        } else {
          this.#clock.after(durationMs, () => finish(response(answer, durationMs)));
        }
      });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #countOpen(endpointId: string, by: number): void {
    const { ledger, store } = this.#world;
    const open = (this.#open.get(endpointId) ?? 0) + by;
    this.#open.set(endpointId, open);
    const most = store.endpoint(endpointId)?.inFlightMax ?? 0;
    if (open === most && by > 0) ledger.saw("in-flight cap reached");
    if (open > most) ledger.violated(`${open} attempts at once to endpoint ${endpointId}`);
  }

  #receive(
    request: SignedRequest,
    ids: { readonly id: string; readonly eventId: string; readonly endpointId: string },
  ): Answer {
    const { clock, ledger } = this.#world;
    this.#verify(request, ids);
    const answer = this.#answer(ids.endpointId);
    const requests = ledger.requests.get(ids.id) ?? [];
    ledger.requests.set(ids.id, requests);
    const { isProcessed: isSuccess } = answer;
    if (isSuccess && requests.some((each) => each.isSuccess)) ledger.saw("event received twice");
    if (isSuccess && answer.status === null) {
      ledger.saw("response lost after the receiver's success");
    }
    requests.push({
      deliveryId: ids.id,
      eventId: ids.eventId,
      endpointId: ids.endpointId,
      atMs: clock.now(),
      isSuccess,
    });
    ledger.note(`${clock.now()} ${ids.id} answered ${answer.status ?? "nothing"}`);
    return answer;
  }

  #verify(
    request: SignedRequest,
    { eventId, endpointId }: { readonly eventId: string; readonly endpointId: string },
  ): void {
    const { ledger, store, contract, secret, clock } = this.#world;
    const event = store.events.get(eventId);
    const source = store.endpoint(endpointId)?.transformation ?? null;
    const dataJson = source === null ? event?.dataJson : simulatedDataJson;
    const sent = event === undefined ? null : { ...event, dataJson: dataJson ?? event.dataJson };
    if (sent !== null && contract.sharedBody(sent) !== request.body) {
      ledger.violated(`event ${eventId} arrived with other bytes`);
    }
    const headers = { get: (name: string): string => headerOf(request, name) };
    const { body } = request;
    // The signature contains the sender's time, which may have been wrong at that moment.
    const problems = [0, ...this.#clock.stepsMs].map((wrongByMs) =>
      problemOf(() =>
        verifyStandardWebhook({ secret, headers, body, nowMs: clock.now() + wrongByMs }),
      ),
    );
    if (problems.every((problem) => problem !== null)) {
      ledger.violated(`event ${eventId} arrived with a signature that fails: ${problems[0]}`);
    }
  }

  #answer(endpointId: string): Answer {
    const { random, faults, behaviourOf } = this.#world;
    const success: Answer = { status: 200, headers: {}, isProcessed: true };
    const refusal = (status: number, headers = {}): Answer => ({
      status,
      headers,
      isProcessed: false,
    });
    if (!faults.isOn) return success;
    switch (behaviourOf.get(endpointId) ?? "steady") {
      case "steady":
        return success;
      case "failing":
        return refusal(random.oneOf([400, 404, 500, 503]));
      case "flaky":
        return random.chance(0.5) ? success : refusal(502);
      case "throttling":
        return random.chance(0.5) ? success : refusal(429, { "retry-after": "4" });
      case "hanging":
        return { status: null, headers: {}, isProcessed: false };
      case "forgetful":
        return random.chance(0.5) ? success : { ...success, status: null };
      case "gone":
        return random.chance(0.9) ? success : refusal(410);
    }
  }
}

function response(answer: Answer, durationMs: number): Exchange {
  return {
    responseStatus: answer.status,
    responseHeaders: answer.headers,
    responseBody: "",
    responseBodyCut: false,
    isResent: false,
    error: null,
    durationMs,
    timings: noTimings,
    remoteAddress: null,
  };
}

function failure(errorClass: ExchangeErrorClass, durationMs: number): Exchange {
  return {
    responseStatus: null,
    responseHeaders: {},
    responseBody: "",
    responseBodyCut: false,
    isResent: false,
    error: { class: errorClass, message: "Simulated." },
    durationMs,
    timings: noTimings,
    remoteAddress: null,
  };
}

function headerOf({ headers }: SignedRequest, name: string): string {
  return headers[headers.indexOf(name) + 1] ?? "";
}

/** The code of the error that the verification throws; null if it throws none. */
function problemOf(verify: () => void): string | null {
  try {
    verify();
    return null;
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    return error.code;
  }
}
