/** The catalogue's part about how the API is asked; catalogue.ts says what entries are. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const requestErrors = {
  PH_BODY_TOO_LARGE: entry(
    413,
    "The request's body is larger than 256 KiB.",
    "Send less in one request, or publish a link to large data.",
  ),
  PH_CONTENT_ENCODING: entry(
    415,
    "The request's Content-Encoding is {encoding}, and Posthorn reads plain bodies only.",
    "Send the body uncompressed, without Content-Encoding.",
  ),
  PH_ANSWERS_UNREAD: entry(
    429,
    "This caller has not read earlier responses, and there is no room for another.",
    "Read the requested responses one after the other, or request smaller pages.",
  ),
  PH_CHANGE_TOO_LONG: entry(
    413,
    "Storing these rows took longer than {seconds} s, so none of them was stored.",
    "Send fewer rows in one request.",
  ),
  PH_TOO_MANY_REPLAYS: entry(
    429,
    "The org has {most} running replays, which is the limit.",
    "Wait until one is done, or cancel one with cancel_replay.",
  ),
  PH_REPLAY_RUNNING: entry(
    409,
    "A replay of the same selection is already running: {replay_id}.",
    "Watch it in webhook_replays, or cancel it with cancel_replay.",
  ),
  PH_HEADERS_TOO_LARGE: entry(
    431,
    "The request line and headers are larger than 64 KiB.",
    "Send less in one request: split a long in.(…) list over several requests.",
  ),
  PH_REQUEST_TOO_SLOW: entry(
    408,
    "The request did not arrive in time.",
    "Send it again. If that does not help, check proxies and the network in between.",
  ),
  PH_REQUEST_MALFORMED: entry(
    400,
    "The request is not valid HTTP: {reason}.",
    "Use an HTTP client. Percent-encode the path, and send at most one Content-Length.",
  ),
  PH_TOO_MANY_ROWS: entry(
    400,
    "The request affects {rows} rows; the limit is {most}.",
    "Split it.",
  ),
  PH_ANSWER_TOO_LARGE: entry(
    400,
    "The response would be larger than 8 MiB: {rows} rows.",
    "Select fewer columns. For a change, select fewer rows; nothing was changed.",
  ),
  PH_TOO_MANY_REQUESTS: entry(
    429,
    "This key sends more than {most} requests per second.",
    "Wait the seconds in Retry-After. Publish several events in one request, as an array.",
  ),
  PH_TOO_MANY_QUERIES: entry(
    429,
    "Too many queries of this org (or of the admin key) are running or waiting.",
    "Try again after the seconds in Retry-After. Send fewer queries at once, and narrow slow " +
      "ones.",
  ),
  PH_TOO_MANY_WRONG_KEYS: entry(
    429,
    "This address sent too many wrong keys.",
    "Wait the seconds in Retry-After, and find the client that still uses an old key.",
  ),
  PH_QUERY_TOO_COMPLEX: entry(
    400,
    "The query has too many {what}; the limit is {most}.",
    "Request less at once.",
  ),
  PH_OPERATION_NOT_ALLOWED: entry(
    405,
    "{table} does not support {operation}.",
    "See /docs for what each table allows.",
  ),
  PH_INTERNAL: entry(
    500,
    "Something went wrong inside Posthorn.",
    "The operator finds the details in the service's log; try again later.",
  ),
} as const;
