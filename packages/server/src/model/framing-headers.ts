/**
 * Headers that frame a request, which nobody but the transport may set. A second one could split
 * one request into two (request smuggling).
 */
export const framingHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
