/** Fetches a document from a URL that the operator configured, e.g. the keys of a token issuer. */
import { Agent, request } from "undici";

export interface DocumentBounds {
  /** The timeout for everything from the DNS query to the last byte. */
  readonly deadlineMs: number;
  readonly bytesMax: number;
  /** Certificate authorities (PEM) to trust instead of Node's own. */
  readonly ca?: string;
}

/**
 * Returns the text at a URL. The operator chose the URL, so the address guard does not apply. The
 * size and the time are limited, and redirects are not followed, because the operator did not
 * choose their target.
 *
 * @throws Error with a message for the operator, unless the response is 200 and within the
 * limits.
 */
export async function fetchDocument(url: string, bounds: DocumentBounds): Promise<string> {
  const { deadlineMs, bytesMax, ca } = bounds;
  const dispatcher = new Agent({
    connections: 1,
    ...(ca === undefined ? {} : { connect: { ca } }),
  });
  try {
    const signal = AbortSignal.timeout(deadlineMs);
    const { statusCode, body } = await request(url, {
      dispatcher,
      signal,
      headers: { accept: "application/json" },
    });
    if (statusCode !== 200) throw new Error(`the response has status ${statusCode}`);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw new Error(`the document is larger than ${bytesMax} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    // Destroys the connection, because `close` would wait for the rest of a body that was too
    // large.
    await dispatcher.destroy();
  }
}
