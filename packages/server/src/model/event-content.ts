/**
 * The content of an event with an idempotency key or an external id. If a key is used again, the
 * content decides whether it is the same event.
 */
import { hash } from "node:crypto";
import { isSameJson } from "./json-value.ts";

export interface EventContent {
  readonly type: string;
  /** The timestamp that the publisher set; null or undefined if it set none. */
  readonly givenTimestampMs?: number | null | undefined;
  readonly dataJson: string;
  readonly externalId?: string | null | undefined;
  readonly channels?: readonly string[] | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
}

/**
 * A hash of the content with the data's exact text. No JSON, id, channel or tag contains the
 * separators. `posthorn.request_hash` computes the same for events from SQL.
 */
export function contentHash(content: EventContent): Uint8Array {
  const { type, givenTimestampMs, dataJson, externalId, channels, tags } = content;
  const named = externalId == null ? "" : `\u0001${externalId}`;
  const onChannels = channels == null ? "" : `\u0002${channels.join("\u0004")}`;
  const tagged = tags == null ? "" : `\u0003${tags.join("\u0004")}`;
  const text = `${type}\n${givenTimestampMs ?? ""}\n${dataJson}${named}${onChannels}${tagged}`;
  return hash("sha256", text, "buffer");
}

/**
 * Returns true if a stored event has the same content. The stored event's row does not say whether
 * its publisher set the timestamp, but its hash does: with the stored data, the content of both
 * must have the same hash. Then only the texts of the data can differ.
 *
 * @param dataJson the data of the stored event; null if it has been deleted.
 */
export function isSameContent(
  stored: { readonly requestHash: Uint8Array | null; readonly dataJson: string | null },
  content: EventContent & { readonly requestHash: Uint8Array | null },
): boolean {
  const { requestHash, dataJson } = stored;
  if (isEqual(requestHash, content.requestHash)) return true;
  if (dataJson === null || !isEqual(requestHash, contentHash({ ...content, dataJson }))) {
    return false;
  }
  return isSameJson(dataJson, content.dataJson);
}

function isEqual(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one !== null && other !== null && Buffer.compare(one, other) === 0;
}
