/** Between PostgreSQL's rows and the model. */
import type { PublishedEvent } from "../../model/event.ts";

export interface EventColumns {
  event_id: string;
  org_id: string;
  event_type: string;
  timestamp: Date;
  data: string;
}

export function eventOf(row: EventColumns): PublishedEvent {
  return {
    id: row.event_id,
    orgId: row.org_id,
    type: row.event_type,
    timestampMs: row.timestamp.getTime(),
    dataJson: row.data,
  };
}

/** A timestamptz parameter; as text, because pg formats a Date in the local zone, and slowly. */
export function toTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

export function toTimestampOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : toTimestamp(timeMs);
}

/** The first row of a statement that always answers one. */
export function only<Row>(rows: readonly Row[], what: string): Row {
  const row = rows[0];
  if (row === undefined || rows.length > 1) {
    throw new Error(`Expected one row from ${what}, got ${rows.length}.`);
  }
  return row;
}
