/** The catalogue's part about publishing; catalogue.ts says what entries are. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const publishErrors = {
  PH_EVENT_TYPE_UNKNOWN: entry(
    400,
    "Event type {event_type} is not in the catalogue.",
    "See GET /rest/v1/webhook_event_types for what is; an operator can add to it.",
  ),
  PH_EVENT_DATA_INVALID: entry(
    422,
    "The data does not fit the schema of event type {event_type}: {reason}.",
    "Mend the data, or set the type's schema_check to warn.",
  ),
  PH_EVENT_CHECK_TOO_LONG: entry(
    422,
    "The data was not checked: the schema of event type {event_type} takes too long for it.",
    "Send less data of this type, or ask the operator for a simpler schema.",
  ),
  PH_EVENT_CHECKS_REST: entry(
    503,
    "An event of this org took too long to check, so those like it are not checked for a moment.",
    "Try again after the seconds in Retry-After.",
  ),
  PH_IDEMPOTENCY_KEY_REUSED: entry(
    422,
    "Idempotency key {key} was used before for a different event.",
    "Use a new key for a new event; nothing of this request was stored.",
  ),
  PH_IDEMPOTENCY_HEADER: entry(
    400,
    "The header {header} cannot be used: {reason}.",
    "Send it with one event; for several, give each its own idempotency_key in the body.",
  ),
  PH_IDEMPOTENCY_KEY_IN_FLIGHT: entry(
    409,
    "A request with idempotency key {key} is still being worked on.",
    "Wait for its answer, or try again in a moment.",
  ),
  PH_OVERLOADED: entry(
    503,
    "Too many events wait to be stored.",
    "Try again after the seconds in Retry-After.",
  ),
  PH_PUBLISH_BLOCKED: entry(
    503,
    "A transaction that is still open in the database holds this org, or this idempotency key.",
    "Try again after the seconds in Retry-After, and commit soon after calling posthorn.publish.",
  ),
} as const;
