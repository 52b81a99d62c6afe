/** Which headers a customer may set: on an endpoint, and in the result of a transformation. */
import { limits } from "../limits.ts";
import { isCredentialHeader, redaction } from "./credential-headers.ts";
import { framingHeaders } from "./framing-headers.ts";
import { loopHeader } from "./loop-marker.ts";

/** Why a header that Posthorn or the endpoint's contract sets cannot be set. */
export const controlledHeader = "Posthorn controls this header";

/**
 * Headers that the sender or the connection sets. A customer who could set them could forge a
 * signature or break the request's framing.
 */
const deniedHeaders = new Set([
  ...framingHeaders,
  "accept-encoding",
  "content-type",
  "date",
  "proxy-authenticate",
  "proxy-authorization",
  "user-agent",
  "via",
  loopHeader,
]);
const deniedHeaderPrefix = "x-posthorn-";

/** A header name as RFC 9110, section 5.1 allows it. */
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** A header value: visible ASCII, with spaces and tabs inside (RFC 9110, section 5.5). */
const headerValue = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/;

/**
 * Returns why nobody may set this header, or null.
 * @param name in lower case.
 */
export function customHeaderProblem(name: string, value: unknown): string | null {
  if (!headerName.test(name) || name.length > limits.customHeaderNameCharsMax) {
    return "it is not a valid header name";
  }
  if (deniedHeaders.has(name) || name.startsWith(deniedHeaderPrefix)) {
    return controlledHeader;
  }
  if (typeof value !== "string") return "its value must be text";
  if (value.length > limits.customHeaderValueCharsMax) {
    return `its value may have at most ${limits.customHeaderValueCharsMax} characters`;
  }
  if (value === redaction && isCredentialHeader(name)) {
    return `${redaction} only replaces its value when it is shown; send the real value`;
  }
  return headerValue.test(value) ? null : "its value must be visible ASCII on one line";
}
