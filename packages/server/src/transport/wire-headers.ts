/** Which headers a request has on the wire: those it brings, ours, and the HTTP client's. */
import type { OutgoingRequest, RawHeaders } from "../pipeline/ports.ts";

/** All of them, in their order: undici writes its own around ours. */
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
 * Host is the URL's, whatever the request says: another one
 * would reach other services behind a receiver's shared front. `identity`, because a compressed
 * answer would be kept as the bytes it came in: nothing here decompresses, so that 50 kB cannot
 * become 50 MB.
 */
export function ownHeaders(headers: RawHeaders, userAgent: string | undefined): string[] {
  const wire: string[] = [];
  let hasAcceptEncoding = false;
  let hasUserAgent = userAgent === undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    // Only names of the right length are worth a lower-case copy.
    if (name.length === 4 && name.toLowerCase() === "host") continue;
    wire.push(name, headers[index + 1] as string);
    if (name.length === 15 && name.toLowerCase() === "accept-encoding") hasAcceptEncoding = true;
    if (name.length === 10 && name.toLowerCase() === "user-agent") hasUserAgent = true;
  }
  if (!hasAcceptEncoding) wire.push("accept-encoding", "identity");
  if (!hasUserAgent && userAgent !== undefined) wire.push("user-agent", userAgent);
  return wire;
}
