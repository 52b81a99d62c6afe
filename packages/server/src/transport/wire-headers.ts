/**
 * All headers of a request on the wire: those of the request, Posthorn's, and those of the HTTP
 * client.
 */
import type { RawHeaders, SignedRequest } from "../pipeline/ports.ts";

/** Returns all headers in their order. undici writes some of its own before and after them. */
export function wireHeaders(
  url: string,
  request: SignedRequest,
  userAgent: string | undefined,
): RawHeaders {
  const { host } = new URL(url);
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
 * Headers that a request cannot set itself. Host is always the URL's, because another one would
 * reach other services behind a receiver's shared front end. The encoding is `identity`, because
 * Posthorn does not decompress: it would store a compressed response as it is, and 50 kB cannot
 * become 50 MB.
 */
export function ownHeaders(headers: RawHeaders, userAgent: string | undefined): string[] {
  const wire: string[] = [];
  let hasAcceptEncoding = false;
  let hasUserAgent = userAgent === undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    // Converts only names of the right length to lower case, which is faster.
    if (name.length === 4 && name.toLowerCase() === "host") continue;
    wire.push(name, headers[index + 1] as string);
    if (name.length === 15 && name.toLowerCase() === "accept-encoding") hasAcceptEncoding = true;
    if (name.length === 10 && name.toLowerCase() === "user-agent") hasUserAgent = true;
  }
  if (!hasAcceptEncoding) wire.push("accept-encoding", "identity");
  if (!hasUserAgent && userAgent !== undefined) wire.push("user-agent", userAgent);
  return wire;
}
