/** A request as a command for a shell. */

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
}

/** Set by curl itself, or about the one connection that was. */
const setByCurl = new Set(["host", "content-length", "connection"]);

/** Quoted for a POSIX shell: nothing inside single quotes means anything to it. */
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
