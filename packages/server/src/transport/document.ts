/** Fetches a document from a URL of the operator, e.g. the keys of the tokens' issuer. */
import { Agent, request } from "undici";

export interface DocumentBounds {
  /** Timeout for all of it, from DNS to the last byte. */
  readonly deadlineMs: number;
  readonly bytesMax: number;
  /** Certificate authorities (PEM) to trust instead of Node's own. */
  readonly ca?: string;
}

/**
 * The text behind a URL. The URL is the operator's, not a tenant's, so the address guard does not
 * apply. But it is bounded, and redirects are not followed, because nobody chose their target.
 *
 * @throws Error, with a message for the operator, unless the response is 200 and within the bounds.
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
    // Not `close`, which would wait for the rest of a body that was too large.
    await dispatcher.destroy();
  }
}
