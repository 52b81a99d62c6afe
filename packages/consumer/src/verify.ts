/**
 * Verification for receivers. It needs the raw body as received, and never parses it. Parse the
 * body only after one of these functions has returned without an error.
 */
import { timingSafeEqual } from "node:crypto";
import { cdaScheme, standardScheme } from "./schemes.ts";
import { SignatureError } from "./signature-error.ts";
import { compiledScheme, prepareKey, type SignatureScheme, type SignedParts } from "./signing.ts";

/**
 * Headers as frameworks provide them: a `Headers` object, Node's own headers, or an object. Names
 * may be in any case.
 */
export type ReceivedHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** One secret, or several during a rotation. A signature by any of them is accepted. */
export type ReceiverSecrets =
  | { readonly secret: string; readonly secrets?: never }
  | { readonly secrets: readonly string[]; readonly secret?: never };

export interface ReceivedRequest {
  readonly headers: ReceivedHeaders;
  /** The raw body exactly as received. Bytes are better than text. */
  readonly body: string | Uint8Array;
}

export interface StandardWebhookOptions {
  /**
   * How far the signed timestamp may be from now, in seconds, in either direction. Default: 300.
   */
  readonly toleranceSeconds?: number;
  /** The current time. Default: the system's clock. */
  readonly nowMs?: number;
}

export interface VerifiedWebhook {
  /**
   * The event's id, which is the same in every attempt and for every copy of the event. Use it to
   * deduplicate.
   */
  readonly id: string;
  /** The time of this attempt, in Unix seconds. */
  readonly timestampSeconds: number;
}

const families = ["webhook", "svix"] as const;
const toleranceSecondsDefault = 300;

/**
 * Verifies a request signed by Standard Webhooks 1.0.0. The headers are named `webhook-…` or
 * `svix-…`; if both are present, it uses `webhook-…`.
 * @returns the signed id and timestamp.
 * @throws SignatureError if verification fails. Then do not trust any part of the request.
 */
export function verifyStandardWebhook(
  request: ReceivedRequest & ReceiverSecrets & StandardWebhookOptions,
): VerifiedWebhook {
  const { id, timestamp, signature } = readFamily(request.headers);
  const timestampSeconds = checkTimestamp(
    timestamp,
    request.toleranceSeconds ?? toleranceSecondsDefault,
    request.nowMs ?? Date.now(),
  );
  checkId(id);
  const parts = { id, timestamp, body: request.body };
  checkSignature(standardScheme, secretsOf(request), signature, parts);
  return { id, timestampSeconds };
}

/**
 * Verifies the `X-CDA-Signature` header, in constant time. That signature covers only the body, so
 * anyone who saw a request can send it again later. `verifyStandardWebhook` rejects such replays,
 * and the same deliveries also carry its headers.
 * @throws SignatureError
 */
export function verifyCda(request: ReceivedRequest & ReceiverSecrets): void {
  const name = "x-cda-signature";
  const signature = readHeader(request.headers, name);
  if (signature === null) throw missingHeader(name);
  const parts = { id: "", timestamp: "", body: request.body };
  checkSignature(cdaScheme, secretsOf(request), signature, parts);
}

function secretsOf({ secret, secrets }: ReceiverSecrets): readonly string[] {
  return secrets ?? [secret];
}

/**
 * Compares a header's signatures with those made by each secret.
 *
 * @throws SignatureError `no_match` or `secret_invalid`
 */
function checkSignature(
  scheme: SignatureScheme,
  secrets: readonly string[],
  received: string,
  parts: SignedParts,
): void {
  if (secrets.length === 0) throw new SignatureError("secret_invalid", "There is no secret.");
  const compiled = compiledScheme(scheme);
  const keys = secrets.map((secret) => prepareKey(secret, [scheme.keyForm]));
  const candidates = (scheme.list ? received.split(" ") : [received]).map((text) =>
    Buffer.from(text, "utf8"),
  );
  for (const key of keys) {
    const expected = Buffer.from(compiled.sign(key, parts), "utf8");
    for (const candidate of candidates) {
      // Comparing the lengths reveals nothing: all signatures of a scheme have the same length.
      if (candidate.length === expected.length && timingSafeEqual(candidate, expected)) return;
    }
  }
  throw new SignatureError("no_match", "No signature in the request matches.");
}

function readFamily(headers: ReceivedHeaders): {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
} {
  let firstMissing: string | null = null;
  for (const family of families) {
    const id = readHeader(headers, `${family}-id`);
    const timestamp = readHeader(headers, `${family}-timestamp`);
    const signature = readHeader(headers, `${family}-signature`);
    if (id !== null && timestamp !== null && signature !== null) {
      return { id, timestamp, signature };
    }
    if (id !== null || timestamp !== null || signature !== null) {
      const missing = id === null ? "id" : timestamp === null ? "timestamp" : "signature";
      firstMissing ??= `${family}-${missing}`;
    }
  }
  throw missingHeader(firstMissing ?? `${families[0]}-id`);
}

function missingHeader(name: string): SignatureError {
  return new SignatureError("missing_header", `The header ${name} is missing.`);
}

/**
 * The signed text is `id.timestamp.body`. If an id could contain full stops, the same signature
 * would also be valid for another id, timestamp and body.
 */
function checkId(id: string): void {
  if (id.includes(".")) throw new SignatureError("id_invalid", "The id holds a full stop.");
}

function checkTimestamp(text: string, toleranceSeconds: number, nowMs: number): number {
  if (!/^\d{1,12}$/.test(text)) {
    throw new SignatureError("timestamp_invalid", "The timestamp is not Unix seconds.");
  }
  const seconds = Number(text);
  const ageSeconds = Math.floor(nowMs / 1000) - seconds;
  // The condition is negated so that a tolerance of NaN rejects everything.
  if (!(ageSeconds <= toleranceSeconds)) {
    throw new SignatureError("timestamp_too_old", `The timestamp is ${ageSeconds} s old.`);
  }
  if (!(-ageSeconds <= toleranceSeconds)) {
    throw new SignatureError("timestamp_too_new", `The timestamp is ${-ageSeconds} s ahead.`);
  }
  return seconds;
}

/** Returns null if the header is missing or empty. Joins repeated values, like Node. */
function readHeader(headers: ReceivedHeaders, name: string): string | null {
  const value = isHeadersObject(headers) ? headers.get(name) : valueInAnyCase(headers, name);
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "string" ? value : value.join(", ") || null;
}

function isHeadersObject(
  headers: ReceivedHeaders,
): headers is { get(name: string): string | null } {
  return typeof headers["get"] === "function";
}

function valueInAnyCase(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  name: string,
): string | readonly string[] | undefined {
  const exact = headers[name];
  if (exact !== undefined) return exact;
  const key = Object.keys(headers).find((each) => each.toLowerCase() === name);
  return key === undefined ? undefined : headers[key];
}
