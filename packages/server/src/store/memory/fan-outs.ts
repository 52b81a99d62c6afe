/** Events in the memory store whose deliveries are not all created yet. */
import { eventKeyName, eventKeysOf } from "../../model/event-keys.ts";
import { limits } from "../../limits.ts";
import type { FailedFanOut, FanOutStep } from "../../model/fan-out-step.ts";
import type { NewEvent, PublishOutcome, PublishRequest } from "../store.ts";
import { cancelRow, newDelivery, type MemoryDelivery, type MemoryEndpoint } from "./rows.ts";

export interface MemoryFanOut {
  readonly event: NewEvent;
  readonly createdAtMs: number;
  /**
   * The endpoints that matched the event when it was stored, ordered by id. After a failed round:
   * those whose delivery could not be created.
   */
  endpointIds: readonly string[];
  /** How many of these endpoints this round has visited. */
  done: number;
  /** The endpoints whose delivery could not be created in this round. */
  failedIds: readonly string[];
  /** How many rounds have failed, and when the next one is due. */
  failures: number;
  retryAtMs: number | null;
}

export function newFanOut(
  event: NewEvent,
  endpointIds: readonly string[],
  createdAtMs: number,
): MemoryFanOut {
  return { event, endpointIds, createdAtMs, done: 0, failedIds: [], failures: 0, retryAtMs: null };
}

export function isReady({ retryAtMs }: MemoryFanOut, atMs: number): boolean {
  return retryAtMs === null || retryAtMs <= atMs;
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
  readonly isUnstorable?: (deliveryId: string) => boolean;
  readonly forgetsFanOuts?: boolean;
  readonly holdsBackFanOuts?: boolean;
}

/**
 * Creates one batch, as `posthorn.fan_out_batch` does.
 * @returns null if nothing is left.
 */
export function stepFanOuts(
  on: FanningOut,
  orgId: string,
  deliveriesMax: number,
  atMs: number,
): FanOutStep | null {
  const { fanOuts, forgetsFanOuts: forgets = false } = on;
  let created: number | null = null;
  const failed: FailedFanOut[] = [];
  for (let room = deliveriesMax; room > 0;) {
    const open = nextOf(on, orgId, atMs);
    if (open === undefined) break;
    const endpointIds = open.endpointIds.slice(open.done, open.done + room);
    created = (created ?? 0) + createDeliveries(on, open, endpointIds);
    open.retryAtMs = null;
    open.done += room;
    room -= Math.max(1, endpointIds.length);
    if (!forgets && open.done < open.endpointIds.length) continue;
    if (forgets || open.failedIds.length === 0) fanOuts.delete(open.event.id);
    else failed.push(postpone(open, atMs));
  }
  return created === null ? null : { created, failed };
}

function createDeliveries(
  { deliveries, isDeleted, isUnstorable }: FanningOut,
  open: MemoryFanOut,
  endpointIds: readonly string[],
): number {
  let created = 0;
  for (const endpointId of endpointIds) {
    const row = newDelivery(open.event.id, endpointId, open.createdAtMs);
    // The delivery already exists, e.g. because of a replay.
    if (deliveries.has(row.id)) continue;
    if (isUnstorable?.(row.id) === true) {
      open.failedIds = [...open.failedIds, endpointId];
      continue;
    }
    if (isDeleted(endpointId)) cancelRow(row);
    deliveries.set(row.id, row);
    created += 1;
  }
  return created;
}

/** Ends a failed round. The next one tries only the endpoints that failed. */
function postpone(open: MemoryFanOut, atMs: number): FailedFanOut {
  const { fanOutRestMs, fanOutRestMsMax } = limits;
  open.retryAtMs = atMs + Math.min(fanOutRestMs * 2 ** open.failures, fanOutRestMsMax);
  open.failures += 1;
  open.endpointIds = open.failedIds;
  open.failedIds = [];
  open.done = 0;
  return {
    orgId: open.event.orgId,
    eventId: open.event.id,
    endpoints: open.endpointIds.length,
    failures: open.failures,
    reason: "The delivery cannot be stored.",
  };
}

/**
 * The next org after `afterOrgId` that has an unfinished fan-out. After the last org, it starts
 * again with the first.
 */
export function nextFanOutOrg(
  open: Iterable<MemoryFanOut>,
  afterOrgId: string | null,
  atMs: number,
): string | null {
  const ready = [...open].filter((each) => isReady(each, atMs));
  const orgIds = ready.map(({ event }) => event.orgId).toSorted();
  return orgIds.find((orgId) => orgId > (afterOrgId ?? "")) ?? orgIds[0] ?? null;
}

/** Events that failed before come first, because each of them is due only once in a while. */
function nextOf(
  { fanOuts, holdsBackFanOuts = false }: FanningOut,
  orgId: string,
  atMs: number,
): MemoryFanOut | undefined {
  const rank = ({ retryAtMs }: MemoryFanOut): number => retryAtMs ?? Number.POSITIVE_INFINITY;
  const first = [...fanOuts.values()]
    .filter(({ event }) => event.orgId === orgId)
    .toSorted((a, b) => rank(a) - rank(b) || (a.event.id < b.event.id ? -1 : 1));
  if (holdsBackFanOuts) return first.slice(0, 1).find((each) => isReady(each, atMs));
  return first.find((each) => isReady(each, atMs));
}
