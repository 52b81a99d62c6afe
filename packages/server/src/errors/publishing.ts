/** Errors about publishing; part of the catalogue in catalogue.ts. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const publishErrors = {
  PH_EVENT_TYPE_UNKNOWN: entry(
    400,
    "Event type {event_type} is not in the catalogue.",
    "GET /rest/v1/webhook_event_types lists all event types. An operator can add more.",
  ),
  PH_EVENT_DATA_INVALID: entry(
    422,
    "The data does not match the schema of event type {event_type}: {reason}.",
    "Fix the data, or set the type's schema_check to warn.",
  ),
  PH_EVENT_CHECK_TOO_LONG: entry(
    422,
    "Checking the data against the schema of {event_type} takes too long.",
    "Send less data of this type, or ask the operator for a simpler schema.",
  ),
  PH_EVENT_CHECKS_REST: entry(
    503,
    "Checking an event of this org took too long, so Posthorn rejects similar events for a few " +
      "seconds.",
    "Try again after the seconds in Retry-After.",
  ),
  PH_IDEMPOTENCY_KEY_REUSED: entry(
    422,
    'Idempotency key "{key}" has already been used for a different event.',
    "Use a new key for each new event. A repeated event must have the same type, timestamp and " +
      "values. Nothing from this request was stored.",
  ),
  PH_EXTERNAL_ID_REUSED: entry(
    422,
    'The org already has a different event with external_id "{id}".',
    "Use a new id for each new event. A repeated event must have the same type, timestamp and " +
      "values. Nothing from this request was stored.",
  ),
  PH_EXTERNAL_ID_IN_FLIGHT: entry(
    409,
    'Another request with external_id "{id}" is still in progress.',
    "Wait for its response, or try again after the seconds in Retry-After.",
  ),
  PH_IDEMPOTENCY_HEADER: entry(
    400,
    "The header {header} cannot be used: {reason}.",
    "Send it with a single event, and without another idempotency_key in the body. For several " +
      "events, set the idempotency_key of each in the body.",
  ),
  PH_IDEMPOTENCY_KEY_IN_FLIGHT: entry(
    409,
    'Another request with idempotency key "{key}" is still in progress.',
    "Wait for its response, or try again after the seconds in Retry-After.",
  ),
  PH_OVERLOADED: entry(
    503,
    "Too many events are waiting to be stored.",
    "Try again after the seconds in Retry-After.",
  ),
  PH_PUBLISH_BLOCKED: entry(
    503,
    "An open database transaction holds a lock on this org, this idempotency key or this " +
      "external_id.",
    "Try again after the seconds in Retry-After. Commit soon after you call posthorn.publish.",
  ),
} as const;
