/**
 * Variants of a body that may be what the sender signed: a program in between may have parsed and
 * serialised it, an editor may have saved it, or it may have been decoded with another character
 * set.
 */

export interface BodyVariant {
  /** How the signed body was changed, as the end of a sentence that starts with "The body was". */
  readonly change: string;
  readonly body: Buffer;
}

/** Returns the variants of a body that differ from it. */
export function bodyVariants(body: Buffer): readonly BodyVariant[] {
  const text = body.toString("utf8");
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  const compact = withoutWhitespace(trimmed);
  const variants: readonly (readonly [change: string, text: string | null])[] = [
    ["given a byte order mark", text.replace(/^\uFEFF/, "")],
    ["given white space or a line break at its start or end", trimmed],
    ["given other line breaks", text.replaceAll("\r\n", "\n")],
    ["given other line breaks", text.replaceAll(/\r?\n/g, "\r\n")],
    ["parsed and written again with other white space", compact],
    ["parsed and written again with other escapes", reserialised(trimmed)],
  ];
  const all = variants.flatMap(([change, variant]) =>
    variant === null ? [] : [{ change, body: Buffer.from(variant) }],
  );
  const latin = {
    change: "decoded as Latin-1 instead of UTF-8",
    body: Buffer.from(text, "latin1"),
  };
  return [...all, latin].filter((variant) => !variant.body.equals(body));
}

/**
 * Removes white space outside of strings and nothing else, so numbers keep their digits and strings
 * their escapes. Null if the text is not JSON.
 */
function withoutWhitespace(text: string): string | null {
  if (!isJson(text)) return null;
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_whole, string: string | undefined) =>
    string === undefined ? "" : string,
  );
}

/** Serialises the JSON again as JavaScript does. Null if the text is not JSON. */
function reserialised(text: string): string | null {
  return isJson(text) ? JSON.stringify(JSON.parse(text)) : null;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
