/**
 * Endpoints that delivered something, according to the live stream. The server ends the state
 * "failing" with the next write of its statistics, up to 5 s later; until then, what it says about
 * these endpoints is old.
 */

const endpointsMax = 1_000;
const deliveredAtMs = new Map<string, number>();

export interface DeliveredNews {
  readonly endpoint_id: string;
  readonly status: string;
  readonly attempted_at: string;
}

export function noteDelivered(deliveries: readonly DeliveredNews[]): void {
  for (const { endpoint_id: id, status, attempted_at } of deliveries) {
    if (status !== "delivered") continue;
    if (deliveredAtMs.size >= endpointsMax) deliveredAtMs.clear();
    deliveredAtMs.set(id, Math.max(Date.parse(attempted_at), deliveredAtMs.get(id) ?? 0));
  }
}

/** Null if a delivery since then is known. */
export function stillFailingSince(endpointId: string, since: string | null): string | null {
  if (since === null) return null;
  return (deliveredAtMs.get(endpointId) ?? -Infinity) >= Date.parse(since) ? null : since;
}
