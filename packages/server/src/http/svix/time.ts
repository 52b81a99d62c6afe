/** Times in the requests of the Svix dialect. */

const earliestMs = Date.parse("0001-01-01T00:00:00Z");
const latestMs = Date.parse("9999-12-31T23:59:59.999Z");

/** Milliseconds since the Unix epoch; null if it is no time of the years 1 to 9999. */
export function parseTime(text: string): number | null {
  const ms = Date.parse(text);
  return ms >= earliestMs && ms <= latestMs ? ms : null;
}
