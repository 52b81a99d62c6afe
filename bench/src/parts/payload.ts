/** The data of an event: the same 500 bytes for every competitor. */

const payloadBytes = 500;

/**
 * JSON of exactly 500 bytes. It contains the time at which the event was due to be published, in
 * microseconds of the monotonic clock, which all processes of a machine share.
 */
export function payload(dueAtUs: number): string {
  const head = `{"due_at_us":"${String(dueAtUs).padStart(16, "0")}","order":{"filler":"`;
  const tail = '"}}';
  return head + "x".repeat(payloadBytes - head.length - tail.length) + tail;
}

export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

const marker = Buffer.from('"due_at_us":"');

/** Reads the time from a body. Returns null if there is none. */
export function dueAtUsOf(body: Buffer): number | null {
  const start = body.indexOf(marker);
  if (start === -1) return null;
  return Number(body.toString("latin1", start + marker.length, start + marker.length + 16));
}
