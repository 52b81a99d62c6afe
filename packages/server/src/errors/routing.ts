/** Errors about choosing the endpoints of an event; part of the catalogue in catalogue.ts. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const routingErrors = {
  PH_EVENT_WILDCARD_INVALID: entry(
    400,
    "{wildcard} is not a wildcard for event types.",
    "Use * for every type, or * as the last part of a name, e.g. order.* or orders/*.",
  ),
  PH_EVENT_WILDCARD_UNMATCHED: entry(
    400,
    "No event type in the catalogue matches {wildcard}.",
    "{nearest} If the types will be added later, add one of them first.",
  ),
  PH_FILTER_INVALID: entry(
    400,
    "The filter cannot be used at {place}: {reason}.",
    "docs/routing.md describes filters. rpc/test_filter tests one with an event.",
  ),
  PH_TRANSFORMATION_INVALID: entry(
    400,
    "The transformation cannot be used: {reason}.",
    "It must be one function, e.g. (event, context) => ({ data: event.data }). " +
      "rpc/test_transformation tests it with an event.",
  ),
  PH_SANDBOX_BUSY: entry(
    503,
    "The sandbox for transformations is busy.",
    "Send the request again after the seconds in Retry-After.",
  ),
  PH_EVENT_GROUP_UNKNOWN: entry(
    400,
    "No event type in the catalogue is in the group {group}.",
    "{nearest} GET /rest/v1/webhook_event_types shows the group of each event type.",
  ),
} as const;
