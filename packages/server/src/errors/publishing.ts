/** The catalogue's part about publishing; catalogue.ts says what entries are. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const publishErrors = {
  PH_EVENT_TYPE_UNKNOWN: entry(
    400,
    "Event type {event_type} is not in the catalogue.",
    "GET /rest/v1/webhook_event_types lists the event types; an operator can add more.",
  ),
  PH_EVENT_DATA_INVALID: entry(
    422,
    "The data does not match the schema of event type {event_type}: {reason}.",
    "Fix the data, or set the type's schema_check to warn.",
  ),
  PH_EVENT_CHECK_TOO_LONG: entry(
    422,
    "The data was not checked: checking it against the schema of {event_type} takes too long.",
    "Send less data of this type, or ask the operator for a simpler schema.",
  ),
  PH_EVENT_CHECKS_REST: entry(
    503,
    "An event of this org took too long to check, so similar events are not checked for a moment.",
    "Try again after the seconds in Retry-After.",
  ),
  PH_IDEMPOTENCY_KEY_REUSED: entry(
    422,
    "Idempotency key {key} was used before for a different event.",
    "Use a new key for a new event; nothing from this request was stored.",
  ),
  PH_IDEMPOTENCY_HEADER: entry(
    400,
    "The header {header} cannot be used: {reason}.",
    "Send it with one event; for several, give each its own idempotency_key in the body.",
  ),
  PH_IDEMPOTENCY_KEY_IN_FLIGHT: entry(
    409,
    "A request with idempotency key {key} is still in progress.",
    "Wait for its response, or try again in a moment.",
  ),
  PH_OVERLOADED: entry(
    503,
    "Too many events are waiting to be stored.",
    "Try again after the seconds in Retry-After.",
  ),
  PH_PUBLISH_BLOCKED: entry(
    503,
    "An open transaction in the database locks this org, or this idempotency key.",
    "Try again after the seconds in Retry-After, and commit soon after calling posthorn.publish.",
  ),
} as const;
