/** The catalogue's part about how the API is asked; catalogue.ts says what entries are. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const requestErrors = {
  PH_BODY_TOO_LARGE: entry(
    413,
    "The request's body is larger than 256 KiB.",
    "Send less at once, or publish a link to what is large.",
  ),
  PH_CONTENT_ENCODING: entry(
    415,
    "The request's Content-Encoding is {encoding}, and Posthorn reads plain bodies only.",
    "Send the body uncompressed, without Content-Encoding.",
  ),
  PH_ANSWERS_UNREAD: entry(
    429,
    "Earlier answers to this caller have not been read yet, and there is no room for another.",
    "Read the answers that were asked for, one after the other, or ask for smaller pages.",
  ),
  PH_CHANGE_TOO_LONG: entry(
    413,
    "Storing these rows took longer than {seconds} s, so none of them was stored.",
    "Send fewer rows in one request.",
  ),
  PH_TOO_MANY_REPLAYS: entry(
    429,
    "The org has {most} replays that run.",
    "Wait until one is done, or end one with cancel_replay.",
  ),
  PH_REPLAY_RUNNING: entry(
    409,
    "A replay of the same selection runs already: {replay_id}.",
    "Watch it in webhook_replays, or end it with cancel_replay.",
  ),
  PH_HEADERS_TOO_LARGE: entry(
    431,
    "The request's line and headers are larger than 64 KiB.",
    "Ask for less at once: a long in.(…) list can be cut into several requests.",
  ),
  PH_REQUEST_TOO_SLOW: entry(
    408,
    "The request did not arrive in its time.",
    "Send it again; if that does not help, look at what lies between here and there.",
  ),
  PH_REQUEST_MALFORMED: entry(
    400,
    "The request is not HTTP as it is understood here: {reason}.",
    "Use an HTTP client; send the path percent-encoded, and one Content-Length at most.",
  ),
  PH_TOO_MANY_ROWS: entry(
    400,
    "The request is about {rows} rows; at most {most} are taken at once.",
    "Split it.",
  ),
  PH_ANSWER_TOO_LARGE: entry(
    400,
    "The answer would be larger than 8 MiB: {rows} rows.",
    "Ask for fewer columns by select; of a change, for fewer rows. Nothing was changed.",
  ),
  PH_TOO_MANY_REQUESTS: entry(
    429,
    "This key makes more than {most} requests a second.",
    "Wait the seconds in Retry-After; publish several events in one request, as an array.",
  ),
  PH_TOO_MANY_QUERIES: entry(
    429,
    "Too many queries of this org (or of the admin key) are running or waiting.",
    "Try again after the seconds in Retry-After; send fewer at once, and narrow slow ones.",
  ),
  PH_TOO_MANY_WRONG_KEYS: entry(
    429,
    "Too many wrong keys came from this address.",
    "Wait the seconds in Retry-After, and look at what still uses an old key.",
  ),
  PH_QUERY_TOO_COMPLEX: entry(
    400,
    "The query has too many {what}: at most {most} are taken.",
    "Ask for less at once.",
  ),
  PH_OPERATION_NOT_ALLOWED: entry(
    405,
    "There is no {operation} on {table}.",
    "See /docs for what each table allows.",
  ),
  PH_INTERNAL: entry(
    500,
    "Something went wrong inside Posthorn.",
    "The service's log has the details; try again later.",
  ),
} as const;
