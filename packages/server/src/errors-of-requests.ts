/** The catalogue's part about what HTTP itself refuses; errors.ts says what entries are. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const requestErrors = {
  PH_BODY_TOO_LARGE: entry(
    413,
    "The request's body is larger than 256 KiB.",
    "Send less at once, or publish a link to what is large.",
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
} as const;
