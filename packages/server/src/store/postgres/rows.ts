/** Converts PostgreSQL's rows to the model. */
import type { PublishedEvent } from "../../model/event.ts";

/** The columns of an event. All of them are null if the event has been deleted. */
export interface EventColumns {
  event_id: string | null;
  org_id: string;
  event_type: string;
  event_external_id: string | null;
  /** The driver turns an infinite time into a number. */
  timestamp: Date | number | null;
  /** Also null if only the data was expunged. */
  data: string | null;
}

/**
 * A row contains a value that Posthorn cannot have written. The message is one sentence for people.
 */
export class UnreadableRowError extends Error {
  override readonly name = "UnreadableRowError";
}

/** @throws UnreadableRowError */
export function eventOf(row: EventColumns): PublishedEvent {
  if (row.event_id === null || row.data === null) {
    throw new UnreadableRowError("The event's data has been removed.");
  }
  return {
    id: row.event_id,
    externalId: row.event_external_id,
    orgId: row.org_id,
    type: row.event_type,
    timestampMs: eventTimeMs(row.timestamp),
    dataJson: row.data,
  };
}

const eventTimeLeastMs = Date.parse("0001-01-01T00:00:00Z");
const eventTimeEndMs = Date.parse("+010000-01-01T00:00:00Z");

function eventTimeMs(timestamp: Date | number | null): number {
  const timeMs = timestamp instanceof Date ? timestamp.getTime() : Number.NaN;
  if (timeMs >= eventTimeLeastMs && timeMs < eventTimeEndMs) return timeMs;
  throw new UnreadableRowError("The event's timestamp is not in the years 1 to 9999.");
}

/**
 * Formats a timestamptz parameter as text, because pg formats a Date slowly and in the local time
 * zone.
 */
export function toTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

export function toTimestampOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : toTimestamp(timeMs);
}

/** Returns the row of a statement that always returns exactly one. */
export function singleRow<Row>(rows: readonly Row[], what: string): Row {
  const row = rows[0];
  if (row === undefined || rows.length > 1) {
    throw new Error(`Expected one row from ${what}, got ${rows.length}.`);
  }
  return row;
}
