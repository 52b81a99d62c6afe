/** Errors about requests to the API; part of the catalogue in catalogue.ts. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const requestErrors = {
  PH_UUID_INVALID: entry(
    400,
    "The value of {field} is not a UUID: {value}.",
    "A UUID has 32 hexadecimal digits, e.g. 7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11.",
  ),
  PH_FIELD_MISSING: entry(400, "{field} is missing.", "{reason}"),
  PH_RANGE_EMPTY: entry(
    400,
    "The time since ({since}) is not before the time until ({until}).",
    "Swap them, or leave one out.",
  ),
  PH_ID_INVALID: entry(
    400,
    "The value of {field} cannot be an id: {reason}.",
    "Use text of 1 to 256 characters without control characters, e.g. cus_123 or a UUID.",
  ),
  PH_EXTERNAL_ID_TAKEN: entry(
    409,
    "The org already has an endpoint with external_id {id}.",
    "Change that endpoint, delete it, or use another id.",
  ),
  PH_ORG_BEING_ERASED: entry(
    409,
    "The org {org} is being erased, and everything that is created for it now is erased as well.",
    "Try again when webhook_erasures says done, usually after a minute.",
  ),
  PH_SVIX_ID_TAKEN: entry(
    409,
    "The Svix id {id} was already imported as another object, or its org has another Svix id.",
    "Import it with the uid and the application of the first import.",
  ),
  PH_BODY_TOO_LARGE: entry(
    413,
    "The request's body is larger than 256 KiB.",
    "Send less in one request, or publish a link to large data.",
  ),
  PH_CONTENT_ENCODING: entry(
    415,
    "Posthorn does not accept a body with Content-Encoding {encoding}.",
    "Send the body without compression and without Content-Encoding.",
  ),
  PH_ANSWERS_UNREAD: entry(
    429,
    "This caller has too many responses that it has not read yet.",
    "Read each response before you send the next request, or request smaller pages.",
  ),
  PH_CHANGE_TOO_LONG: entry(
    413,
    "Storing the rows took longer than {seconds} s, so none of them was stored.",
    "Send fewer rows in one request.",
  ),
  PH_TOO_MANY_REPLAYS: entry(
    429,
    "The org has {most} running replays, which is the limit.",
    "Wait until a replay is done, or cancel one with cancel_replay.",
  ),
  PH_REPLAY_RUNNING: entry(
    409,
    "Replay {replay_id} is already running with the same arguments.",
    "Follow its progress in webhook_replays, or cancel it with cancel_replay.",
  ),
  PH_HEADERS_TOO_LARGE: entry(
    431,
    "The request line and headers are larger than 64 KiB.",
    "Send less in one request, e.g. split a long in.(…) list into several requests.",
  ),
  PH_REQUEST_TOO_SLOW: entry(
    408,
    "The request did not arrive in time.",
    "Try again. If that does not help, check the network and the proxies between client and " +
      "server.",
  ),
  PH_REQUEST_MALFORMED: entry(
    400,
    "The request is not valid HTTP: {reason}.",
    "Use an HTTP client library. Percent-encode the path, and send at most one Content-Length.",
  ),
  PH_TOO_MANY_ROWS: entry(
    400,
    "The request affects {rows} rows; the limit is {most}.",
    "Split it into several requests.",
  ),
  PH_ANSWER_TOO_LARGE: entry(
    400,
    "The response with {rows} rows would be larger than 8 MiB.",
    "Select fewer columns. If the request changes rows, narrow its filters; nothing was changed.",
  ),
  PH_TOO_MANY_REQUESTS: entry(
    429,
    "This key sends more than {most} requests per second.",
    "Try again after the seconds in Retry-After. You can publish several events in one request.",
  ),
  PH_TOO_MANY_QUERIES: entry(
    429,
    "Too many queries of this org (or of the admin key) are running or queued.",
    "Try again after the seconds in Retry-After. Send fewer queries in parallel, and narrow slow " +
      "ones.",
  ),
  PH_TOO_MANY_WRONG_KEYS: entry(
    429,
    "This address sent too many wrong keys.",
    "Try again after the seconds in Retry-After. Find the client that still uses an old key.",
  ),
  PH_QUERY_TOO_COMPLEX: entry(
    400,
    "The query has too many {what}; the limit is {most}.",
    "Split it into several requests.",
  ),
  PH_OPERATION_NOT_ALLOWED: entry(
    405,
    "{table} does not support {operation}.",
    "/docs/api lists the operations of each table.",
  ),
  PH_INTERNAL: entry(
    500,
    "Something went wrong inside Posthorn.",
    "Try again later. Posthorn's log contains the details.",
  ),
} as const;
