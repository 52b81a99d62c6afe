/**
 * Send: makes one request through the endpoint's kind of destination. No other step leaves the
 * process.
 */
import { limits } from "../../limits.ts";
import type { CompiledContract } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { LeasedDelivery } from "../../store/store.ts";
import {
  noTimings,
  type Clock,
  type Destinations,
  type Exchange,
  type ExchangeError,
  type Observer,
  type OutgoingMessage,
  type SignedRequest,
} from "../ports.ts";
import { sign, UnsendableError, type Headers } from "./sign.ts";

export interface SendFacts {
  readonly delivery: LeasedDelivery;
  /** What the endpoint's transformation made of the event. Default: the delivery's event. */
  readonly event?: PublishedEvent;
  /** The headers that the transformation returned. */
  readonly headersAdded?: Headers;
  readonly endpoint: Endpoint;
  readonly contract: CompiledContract;
  readonly clock: Pick<Clock, "now">;
  readonly observer: Pick<Observer, "sendThrew">;
}

/** One attempt's message. The destination signs it when it can be written. */
export class AttemptMessage implements OutgoingMessage {
  readonly endpointId: string;
  readonly url: string | null;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly attempt: number;
  readonly timeoutMs: number;
  /** When the message was signed the last time; null if it was not. */
  signedAtMs: number | null = null;
  readonly #facts: SendFacts;

  constructor(facts: SendFacts) {
    const { delivery, endpoint, contract } = facts;
    this.#facts = facts;
    this.endpointId = endpoint.id;
    this.url = endpoint.url;
    this.deliveryId = delivery.id;
    this.eventId = delivery.event.id;
    this.eventType = delivery.event.type;
    this.attempt = delivery.attempts + 1;
    this.timeoutMs = timeoutOf(endpoint, contract);
  }

  sign(): SignedRequest | ExchangeError {
    const { delivery, headersAdded, endpoint, contract, clock } = this.#facts;
    const { event = delivery.event } = this.#facts;
    const atMs = clock.now();
    try {
      const attempt = { deliveryId: delivery.id, number: this.attempt, atMs };
      const signed = sign(contract, event, endpoint, attempt, headersAdded);
      this.signedAtMs = atMs;
      return signed;
    } catch (error) {
      return this.#internal(error);
    }
  }

  /**
   * Makes the attempt. The promise never rejects: errors of the receiver and of Posthorn itself are
   * outcomes. If it rejected, one delivery that cannot be signed would stop the node.
   */
  sendThrough(destinations: Destinations): Promise<Exchange> {
    const { endpoint } = this.#facts;
    try {
      if (endpoint.problem !== undefined) throw new UnsendableError(endpoint.problem);
      return destinations[endpoint.destination].send(this);
    } catch (error) {
      return Promise.resolve(failedInside(this.#internal(error)));
    }
  }

  #internal(error: unknown): ExchangeError {
    const unsendable = error instanceof UnsendableError ? error : null;
    const isFinal = unsendable?.isByData ?? false;
    if (!isFinal) this.#facts.observer.sendThrew(this.deliveryId, error);
    const message = "Posthorn could not make the request; its log contains the error.";
    return { class: "internal", message: unsendable?.message ?? message, isFinal };
  }
}

/** The outcome of an attempt that ended before anything was sent. */
export function failedInside(error: ExchangeError): Exchange {
  return {
    responseStatus: null,
    responseHeaders: {},
    responseBody: "",
    responseBodyCut: false,
    error,
    isResent: false,
    durationMs: 0,
    timings: noTimings,
    remoteAddress: null,
  };
}

/** The timeout of an attempt: the endpoint's, or its contract's. */
function timeoutOf(
  { retry }: Pick<Endpoint, "retry">,
  contract: Pick<CompiledContract, "timeoutMs">,
): number {
  return retry?.timeoutMs ?? contract.timeoutMs;
}

/** How much time must be left in a lease for an attempt to this endpoint and its settlement. */
export function leaseNeededMs(
  endpoint: Pick<Endpoint, "retry">,
  contract: CompiledContract | undefined,
): number {
  const timeoutMs = timeoutOf(endpoint, contract ?? { timeoutMs: 0 });
  return limits.socketWaitMs + timeoutMs + limits.leaseMarginMs;
}
