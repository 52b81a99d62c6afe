/** Events in the memory store whose deliveries are not all created yet. */
import { eventKeyName, eventKeysOf } from "../../model/event-keys.ts";
import type { NewEvent, PublishOutcome, PublishRequest } from "../store.ts";
import { cancelRow, newDelivery, type MemoryDelivery, type MemoryEndpoint } from "./rows.ts";

export interface MemoryFanOut {
  readonly event: NewEvent;
  /** The endpoints that matched the event when it was stored, ordered by id. */
  readonly endpointIds: readonly string[];
  readonly createdAtMs: number;
  /** How many of these endpoints already have their delivery. */
  done: number;
}

export type IsTarget = (endpoint: MemoryEndpoint, event: NewEvent) => boolean;

export type FanOutKind = "done" | "open" | "wide";

/**
 * Decides which deliveries a commit creates for each of its events, and which it leaves to the
 * background. Events with fewer deliveries come first, as in `posthorn.publish_batch`.
 * @param judgeKey returns null for an event whose idempotency key is unused.
 */
export function planFanOuts(
  { events, fanOut: bounds, laterOrgIds }: PublishRequest,
  endpoints: Iterable<MemoryEndpoint>,
  judgeKey: (event: NewEvent) => PublishOutcome | null,
  isTarget: IsTarget,
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

/**
 * The events to store. If several events in a request have the same key, only the first one is
 * stored.
 */
function accepted(
  events: readonly NewEvent[],
  judgeKey: (event: NewEvent) => PublishOutcome | null,
): readonly NewEvent[] {
  const keys = new Set<string>();
  return events.filter((event) => {
    const names = eventKeysOf(event).map((key) => eventKeyName(event.orgId, key));
    const isFirst = !names.some((name) => keys.has(name)) && judgeKey(event) === null;
    if (isFirst) for (const name of names) keys.add(name);
    return isFirst;
  });
}

export interface FanningOut {
  readonly fanOuts: Map<string, MemoryFanOut>;
  readonly deliveries: Map<string, MemoryDelivery>;
  isDeleted(endpointId: string): boolean;
  readonly forgets: boolean;
}

/**
 * Creates one batch, as `posthorn.fan_out_batch` does.
 * @returns null if nothing is left.
 */
export function stepFanOuts(
  { fanOuts, deliveries, isDeleted, forgets }: FanningOut,
  orgId: string,
  deliveriesMax: number,
): number | null {
  let created: number | null = null;
  for (let room = deliveriesMax; room > 0;) {
    const open = oldestOf(fanOuts.values(), orgId);
    if (open === undefined) break;
    created ??= 0;
    const endpointIds = open.endpointIds.slice(open.done, open.done + room);
    for (const endpointId of endpointIds) {
      const row = newDelivery(open.event.id, endpointId, open.createdAtMs);
      // The delivery already exists, e.g. because of a replay.
      if (deliveries.has(row.id)) continue;
      if (isDeleted(endpointId)) cancelRow(row);
      deliveries.set(row.id, row);
      created += 1;
    }
    open.done += room;
    room -= Math.max(1, endpointIds.length);
    if (forgets || open.done >= open.endpointIds.length) fanOuts.delete(open.event.id);
  }
  return created;
}

/**
 * The next org after `afterOrgId` that has an unfinished fan-out. After the last org, it starts
 * again with the first.
 */
export function nextFanOutOrg(
  open: Iterable<MemoryFanOut>,
  afterOrgId: string | null,
): string | null {
  const orgIds = [...open].map(({ event }) => event.orgId).toSorted();
  return orgIds.find((orgId) => orgId > (afterOrgId ?? "")) ?? orgIds[0] ?? null;
}

function oldestOf(open: Iterable<MemoryFanOut>, orgId: string): MemoryFanOut | undefined {
  return [...open]
    .filter(({ event }) => event.orgId === orgId)
    .toSorted((a, b) => (a.event.id < b.event.id ? -1 : 1))[0];
}
