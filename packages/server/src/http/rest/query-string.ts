/**
 * Parses the query string of a PostgREST request. Order, repeated parameters and raw values matter,
 * so no library is used: libraries merge repeated parameters and lose their order.
 */
import { PosthornError } from "../../errors/catalogue.ts";
import { unstorableBytes } from "../../model/text.ts";

export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

/** The decoded parameters, in order. Parameters without `=` are ignored. */
export function parseQueryString(url: string): readonly QueryParameter[] {
  const start = url.indexOf("?");
  if (start === -1) return [];
  const parameters: QueryParameter[] = [];
  for (const part of url.slice(start + 1).split("&")) {
    const equals = part.indexOf("=");
    if (equals === -1) continue;
    parameters.push({ name: decode(part.slice(0, equals)), value: decode(part.slice(equals + 1)) });
  }
  return parameters;
}

function decode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new PosthornError(
      "PGRST100",
      { what: `query string (${text})`, column: 1 },
      { details: "it is not percent-encoded UTF-8" },
    );
  }
  // Rejects a NUL character: a name becomes part of the SQL text, which a NUL would truncate.
  const bytes = unstorableBytes(decoded);
  if (bytes !== null) throw new PosthornError("22021", { bytes });
  return decoded;
}
