/**
 * Endpoints that delivered something according to the live stream. The server updates the state
 * "failing" up to 5 s later, when it writes its statistics. Until then its answer about these
 * endpoints is out of date.
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

/** Returns null if the endpoint has delivered something since then. */
export function stillFailingSince(endpointId: string, since: string | null): string | null {
  if (since === null) return null;
  return (deliveredAtMs.get(endpointId) ?? -Infinity) >= Date.parse(since) ? null : since;
}
