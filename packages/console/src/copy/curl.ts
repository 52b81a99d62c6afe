/** Renders a request as a shell command. */

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
}

/** Headers that curl sets itself, or that belong only to the original connection. */
const setByCurl = new Set(["host", "content-length", "connection"]);

/** Quotes a text for a POSIX shell. Inside single quotes, no character has a special meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export function curlOf(request: SentRequest): string {
  const headers = request.headers
    .filter(({ name }) => !setByCurl.has(name.toLowerCase()))
    .map(({ name, value }) => `  -H ${quoted(`${name}: ${value}`)}`);
  const lines = [`curl -i -X ${request.method} ${quoted(request.url)}`, ...headers];
  if (request.body !== null) lines.push(`  --data-raw ${quoted(request.body)}`);
  return lines.join(" \\\n");
}
