/**
 * Transform: lets the endpoint's transformation shape an event, before the event is signed and
 * sent. The transformation sees the event as it was published, in every attempt.
 */
import type { Endpoint } from "../../model/endpoint.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { TransformationContext, Transformed } from "../../model/transformation.ts";
import type { ExchangeError, Transformer } from "../ports.ts";
import type { SendFacts } from "./send.ts";
import type { Headers } from "./sign.ts";

/** What is sent instead of the event; or the error with which the attempt ends. */
export type Shaped =
  | { readonly event: PublishedEvent; readonly headersAdded: Headers; readonly error?: undefined }
  | { readonly error: ExchangeError };

/** Never rejects. */
export async function transform(
  transformer: Transformer | undefined,
  event: PublishedEvent,
  endpoint: Endpoint,
  source: string,
): Promise<Shaped> {
  if (transformer === undefined) {
    return { error: { class: "internal", message: "This node runs no transformations." } };
  }
  const context = contextOf(endpoint);
  const outcome = await transformer.transform({ orgId: event.orgId, source, event, context });
  return shapedBy(outcome, event);
}

/** The transformation took so long that the lease is too short for the attempt. */
export const tooLate: ExchangeError = {
  class: "unsent",
  message: "The transformation ended too late for this lease.",
};

/** What to send, or the error with which the attempt ends. */
export interface TransformedFacts {
  readonly facts: SendFacts;
  readonly error: ExchangeError | null;
}

/** Lets the endpoint's transformation change what an attempt sends. Never rejects. */
export async function transformed(
  { transformer }: { readonly transformer?: Transformer },
  facts: SendFacts,
): Promise<TransformedFacts> {
  const { delivery, endpoint } = facts;
  const { transformation = null } = endpoint;
  if (transformation === null) return { facts, error: null };
  const shaped = await transform(transformer, delivery.event, endpoint, transformation);
  if (shaped.error !== undefined) return { facts, error: shaped.error };
  const { event, headersAdded } = shaped;
  return { facts: { ...facts, event, headersAdded }, error: null };
}

/** What a transformation learns about its endpoint. */
function contextOf({ id, orgId, orgExternalId, url }: Endpoint): TransformationContext {
  return { org_id: orgExternalId ?? orgId, endpoint_id: id, url };
}

function shapedBy(outcome: Transformed, event: PublishedEvent): Shaped {
  switch (outcome.kind) {
    case "shaped": {
      const { dataJson, headers } = outcome;
      return { event: dataJson === null ? event : { ...event, dataJson }, headersAdded: headers };
    }
    case "cancelled":
      return {
        error: { class: "cancelled", message: "The transformation cancelled the delivery." },
      };
    case "failed":
      return {
        error: {
          class: "transformation",
          message: `The transformation failed: ${outcome.message}`,
        },
      };
    // The attempt does not count, and is repeated.
    case "postponed":
      return { error: { class: "stalled", message: outcome.message } };
  }
}
