/** The headers of a request on the wire: its own, Posthorn's, and the HTTP client's. */
import type { OutgoingRequest, RawHeaders } from "../pipeline/ports.ts";

/** All headers in order: undici writes its own before and after ours. */
export function wireHeaders(request: OutgoingRequest, userAgent: string | undefined): RawHeaders {
  const { host } = new URL(request.url);
  return [
    "host",
    host,
    "connection",
    "keep-alive",
    ...ownHeaders(request.headers, userAgent),
    "content-length",
    String(Buffer.byteLength(request.body)),
  ];
}

/**
 * Host is always the URL's, because another one would reach other services behind a receiver's
 * shared front. `identity`, because a compressed response would be stored compressed: nothing here
 * decompresses, so 50 kB cannot become 50 MB.
 */
export function ownHeaders(headers: RawHeaders, userAgent: string | undefined): string[] {
  const wire: string[] = [];
  let hasAcceptEncoding = false;
  let hasUserAgent = userAgent === undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    // Convert only names of the right length to lower case.
    if (name.length === 4 && name.toLowerCase() === "host") continue;
    wire.push(name, headers[index + 1] as string);
    if (name.length === 15 && name.toLowerCase() === "accept-encoding") hasAcceptEncoding = true;
    if (name.length === 10 && name.toLowerCase() === "user-agent") hasUserAgent = true;
  }
  if (!hasAcceptEncoding) wire.push("accept-encoding", "identity");
  if (!hasUserAgent && userAgent !== undefined) wire.push("user-agent", userAgent);
  return wire;
}
