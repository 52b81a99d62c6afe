/**
 * Parses a request in the format of HTTP/1.1: a request line, headers, an empty line and the body.
 */
import { PosthornError } from "../../errors/catalogue.ts";
import type { ReceivedRequest } from "./signature-check.ts";

/**
 * @param lines headers as `Name: value`. Joins the values of a repeated header, like Node.
 * @throws PosthornError `PH_ARGUMENT_INVALID` for a line without a colon.
 */
export function parseHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) {
      const facts = { argument: "a header", command: "verify", reason: "it has no colon" };
      throw new PosthornError("PH_ARGUMENT_INVALID", facts);
    }
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/**
 * Splits a whole request. The request line may be missing, and lines may end with only LF.
 * @throws PosthornError `PH_ARGUMENT_INVALID`
 */
export function parseRawRequest(bytes: Buffer): ReceivedRequest {
  const text = bytes.toString("latin1");
  const [end = ""] = /\r?\n\r?\n/.exec(text) ?? [];
  const headEnd = end === "" ? text.length : text.indexOf(end);
  const lines = text.slice(0, headEnd).split(/\r?\n/);
  if (/^[A-Z]+ \S+( HTTP\/\d(\.\d)?)?$/.test(lines[0] ?? "")) lines.shift();
  return {
    headers: parseHeaders(lines.filter((line) => line !== "")),
    body: bytes.subarray(headEnd + end.length),
  };
}
