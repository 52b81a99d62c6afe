/**
 * The API's format of times: UTC with six decimals, e.g. `2026-11-23T03:36:47.645000+00:00`. The
 * format is fixed, so that texts sort like times. It has six decimals, because PostgreSQL stores
 * microseconds, and a filter on a shortened time would miss rows.
 */

/** The same format for PostgreSQL's `to_char` of a timestamp in UTC. */
export const apiTimestampFormat = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"';

/** @param ms milliseconds since the Unix epoch. */
export function apiTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000+00:00");
}
