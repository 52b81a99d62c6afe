/**
 * Creates and parses ids, which are UUID v7 (RFC 9562, section 5.7): sorting them sorts by time.
 * `sql/functions/` computes the same ids in SQL; a test compares the two.
 */
import { hash } from "node:crypto";

/** Creates an id from a time and ten random bytes. */
export function uuidV7(timeMs: number, randomBytes: Uint8Array): string {
  const random = hexOf(randomBytes);
  const variant = "89ab"[(randomBytes[1] as number) & 3] as string;
  const last = `${random.slice(4, 7)}-${random.slice(7, 19)}`;
  return `${timePart(timeMs)}-7${random.slice(0, 3)}-${variant}${last}`;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Uses a table, because creating a Buffer for each id cost 1 µs of every publish. */
function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += hexOfByte[byte] as string;
  return hex;
}

let latestTime = { timeMs: -1, part: "" };

/**
 * The first 48 bits of an id as text. Cached, because ids come in bursts, many in the same
 * millisecond.
 */
function timePart(timeMs: number): string {
  if (timeMs !== latestTime.timeMs) {
    const time = timeMs.toString(16).padStart(12, "0");
    latestTime = { timeMs, part: `${time.slice(0, 8)}-${time.slice(8)}` };
  }
  return latestTime.part;
}

/**
 * Creates the id of a lease: the last 8 bytes of its node's id, then 8 random bytes. So the ids of
 * a node's leases form one range. `posthorn.take_over` frees this range when the node is dead.
 */
export function leaseId(nodeId: string, randomBytes: Uint8Array): string {
  const random = hexOf(randomBytes);
  return `${leaseTag(nodeId)}-${random.slice(0, 4)}-${random.slice(4, 16)}`;
}

/** The prefix of all lease ids of a node. */
export function leaseTag(nodeId: string): string {
  const tag = nodeId.slice(19, 23) + nodeId.slice(24);
  return `${tag.slice(0, 8)}-${tag.slice(8, 12)}-${tag.slice(12)}`;
}

/** The time that a UUID v7 contains, in milliseconds since the Unix epoch. */
export function uuidTimeMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * The id of one event's delivery to one endpoint: the event's first 8 bytes, then 52 bits of a hash
 * of both ids. So the ids of an event's deliveries are adjacent and sort by the event's time. The
 * same event and endpoint always give the same id, so a second delivery cannot be stored.
 */
export function deliveryId(eventId: string, endpointId: string): string {
  const hex = hash("md5", eventId + endpointId);
  return `${eventId.slice(0, 18)}-8${hex.slice(0, 3)}-${hex.slice(3, 13)}00`;
}

/**
 * The id of an attempt: its delivery's id with the attempt's number (1 to 255) in the last byte,
 * which is otherwise 0.
 */
export function attemptId(id: string, number: number): string {
  return id.slice(0, 34) + number.toString(16).padStart(2, "0");
}

/** The lowest id of a millisecond, for ranges of ids by time. */
export function uuidFloor(timeMs: number): string {
  return `${timePart(timeMs)}-7000-8000-000000000000`;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Returns true for an id in the form that Posthorn writes: lower case, with hyphens. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** The lowest id, which sorts before every other. */
export const nilId = "00000000-0000-0000-0000-000000000000";
