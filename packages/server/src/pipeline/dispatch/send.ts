/**
 * Send: makes one request through the endpoint's kind of destination. No other step leaves the
 * process.
 */
import { limits } from "../../limits.ts";
import type { CompiledContract } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import type { LeasedDelivery } from "../../store/store.ts";
import { noTimings, type Destinations, type Exchange, type Observer } from "../ports.ts";
import { sign, UnsendableError } from "./sign.ts";

export interface SendFacts {
  readonly destinations: Destinations;
  readonly delivery: LeasedDelivery;
  readonly endpoint: Endpoint;
  readonly contract: CompiledContract;
  readonly startedAtMs: number;
  readonly observer: Pick<Observer, "sendThrew">;
}

/**
 * Makes one attempt. It never rejects, because errors of the receiver or of Posthorn itself are
 * outcomes. Otherwise a single delivery that cannot be signed would stop the node.
 */
export function send(facts: SendFacts): Promise<Exchange> {
  const { destinations, delivery, endpoint, contract, startedAtMs } = facts;
  try {
    if (endpoint.problem !== undefined) throw new UnsendableError(endpoint.problem);
    const number = delivery.attempts + 1;
    const attempt = { deliveryId: delivery.id, number, atMs: startedAtMs };
    const { headers, body } = sign(contract, delivery.event, endpoint, attempt);
    return destinations[endpoint.destination].send({
      endpointId: endpoint.id,
      url: endpoint.url,
      deliveryId: delivery.id,
      eventId: delivery.event.id,
      eventType: delivery.event.type,
      attempt: number,
      headers,
      body,
      timeoutMs: contract.timeoutMs,
    });
  } catch (error) {
    const unsendable = error instanceof UnsendableError ? error : null;
    const isByData = unsendable?.isByData ?? false;
    if (!isByData) facts.observer.sendThrew(delivery.id, error);
    return Promise.resolve(failedInside(unsendable?.message ?? null, isByData));
  }
}

/**
 * @param reason the reason that the endpoint's owner sees; null if the reason is only logged.
 * @param isFinal true if every further attempt would fail, too.
 */
function failedInside(reason: string | null, isFinal: boolean): Exchange {
  return {
    responseStatus: null,
    responseHeaders: {},
    responseBody: "",
    responseBodyCut: false,
    error: {
      class: "internal",
      message: reason ?? "Posthorn could not make the request; its log contains the error.",
      isFinal,
    },
    isResent: false,
    durationMs: 0,
    timings: noTimings,
    remoteAddress: null,
  };
}

/** How much time must be left in a lease for an attempt under this contract and its settlement. */
export function leaseNeededMs(contract: CompiledContract | undefined): number {
  return limits.socketWaitMs + (contract?.timeoutMs ?? 0) + limits.leaseMarginMs;
}
