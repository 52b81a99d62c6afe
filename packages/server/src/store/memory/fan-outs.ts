/** Events of the store in memory whose deliveries are not all created yet. */
import type { NewEvent, PublishOutcome, PublishRequest } from "../store.ts";
import { isTarget, type MemoryEndpoint } from "./rows.ts";

export interface MemoryFanOut {
  readonly event: NewEvent;
  /** Those that wanted the event when it was stored, in the order of their ids. */
  readonly endpointIds: readonly string[];
  /** How many of them have their delivery. */
  done: number;
}

export type FanOutKind = "done" | "open" | "wide";

/**
 * What a commit does with the deliveries of its events, by event. Events with fewer deliveries go
 * first, as in `posthorn.publish_batch`.
 *
 * @param judgeKey null for an event whose idempotency key is unused.
 */
export function planFanOuts(
  { events, fanOut: bounds, laterOrgIds }: PublishRequest,
  endpoints: Iterable<MemoryEndpoint>,
  judgeKey: (event: NewEvent) => PublishOutcome | null,
): ReadonlyMap<string, FanOutKind> {
  const known = [...endpoints];
  const plan = new Map<string, FanOutKind>();
  const narrow: { readonly event: NewEvent; readonly deliveries: number }[] = [];
  for (const event of accepted(events, judgeKey)) {
    const active = known.filter(
      (each) => each.orgId === event.orgId && each.isActive && !each.isDeleted,
    );
    const isWide = active.length > bounds.endpointsMax || laterOrgIds.includes(event.orgId);
    if (isWide && event.onlyEndpointId === null) plan.set(event.id, "wide");
    else {
      narrow.push({ event, deliveries: active.filter((each) => isTarget(each, event)).length });
    }
  }
  let total = 0;
  for (const { event, deliveries } of narrow.toSorted((a, b) => a.deliveries - b.deliveries)) {
    total += deliveries;
    const isOpen = total > bounds.deliveriesMax && event.onlyEndpointId === null;
    plan.set(event.id, isOpen ? "open" : "done");
  }
  return plan;
}

/** Those that are stored: of equal keys in one request, the first. */
function accepted(
  events: readonly NewEvent[],
  judgeKey: (event: NewEvent) => PublishOutcome | null,
): readonly NewEvent[] {
  const keys = new Set<string>();
  return events.filter((event) => {
    if (event.idempotencyKey === null) return true;
    const key = `${event.orgId} ${event.idempotencyKey}`;
    const isFirst = !keys.has(key) && judgeKey(event) === null;
    keys.add(key);
    return isFirst;
  });
}

/** The oldest event of the org that comes after `afterOrgId`, in a circle. */
export function nextInTurn(
  open: Iterable<MemoryFanOut>,
  afterOrgId: string | null,
): MemoryFanOut | undefined {
  const sorted = [...open].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return sorted.find(({ event }) => event.orgId > (afterOrgId ?? "")) ?? sorted[0];
}

function keyOf({ event }: MemoryFanOut): string {
  return `${event.orgId} ${event.id}`;
}
