/**
 * How the API writes times: UTC, always six decimals, as `2026-11-23T03:36:47.645000+00:00`. One
 * form, so that texts sort as times do; six decimals, because PostgreSQL keeps microseconds, and a
 * filter on a time that lost some would pass over rows.
 */

/** The same for PostgreSQL's `to_char`, of a timestamp in UTC. */
export const apiTimestampFormat = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"';

/** @param ms since the Unix epoch. */
export function apiTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000+00:00");
}
