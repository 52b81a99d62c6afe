/** The rows of the memory store, and the operations on one row. */
import { isSameContent } from "../../model/event-content.ts";
import { eventKeyName, eventKeysOf } from "../../model/event-keys.ts";
import { limits } from "../../limits.ts";
import { matchesFilter } from "../../model/filter-match.ts";
import { nextStatus, type DeliveryStatus } from "../../model/delivery.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { deliveryId, leaseTag, uuidTimeMs } from "../../model/id.ts";
import type { AttemptRecord, ClaimRequest, NewEvent, PublishOutcome } from "../store.ts";

export interface MemoryEndpoint extends Endpoint {
  /** Null for all event types. */
  readonly eventTypes: readonly string[] | null;
  /** Wildcards without their `*`. Null or undefined for none. */
  readonly eventPrefixes?: readonly string[] | null;
  /** Null or undefined for events with and without channels. */
  readonly channels?: readonly string[] | null;
  /** JSON text. Null or undefined for all events. */
  readonly filter?: string | null;
  readonly isDeleted: boolean;
  /** The session of the endpoint's terminal, if one is connected. */
  readonly sessionId?: string | null;
}

export interface MemoryDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  status: DeliveryStatus;
  attempts: number;
  attemptsBeforeRound: number;
  dueAtMs: number | null;
  leaseId: string | null;
  leasedUntilMs: number | null;
  failedAtMs: number | null;
  /** The most recent times at which the delivery was taken over from a dead node. */
  takeoversAtMs: readonly number[];
  /** All attempts, oldest first. */
  history: AttemptRecord[];
}

/** Creates a delivery that has been due since `atMs`. */
export function newDelivery(eventId: string, endpointId: string, atMs: number): MemoryDelivery {
  return {
    id: deliveryId(eventId, endpointId),
    eventId,
    endpointId,
    status: "pending",
    attempts: 0,
    attemptsBeforeRound: 0,
    dueAtMs: atMs,
    leaseId: null,
    leasedUntilMs: null,
    failedAtMs: null,
    takeoversAtMs: [],
    history: [],
  };
}

export interface Turn {
  readonly row: MemoryDelivery;
  readonly turn: number;
}

/**
 * How many times a delivery can be taken over within a minute. After that it keeps its lease,
 * because it may be what kills the nodes.
 */
const takeoversMax = 2;

export function mayBeTakenOver({ takeoversAtMs }: MemoryDelivery, atMs: number): boolean {
  return takeoversAtMs.filter((at) => at > atMs - 60_000).length < takeoversMax;
}

/** Recognises a node's leases by their ids. */
export function isLeaseOf(nodeId: string): (id: string | null) => boolean {
  const tag = leaseTag(nodeId);
  return (id) => id?.startsWith(tag) ?? false;
}

/** A claim may only lease deliveries for a terminal to the node that has the terminal's session. */
export function mayClaim(
  { destination, sessionId }: MemoryEndpoint,
  { sessionIds }: Pick<ClaimRequest, "sessionIds">,
): boolean {
  return destination === "http" || sessionIds.includes(sessionId ?? "");
}

/** @param orgFlags the feature flags of the event's org. */
export function isTarget(
  endpoint: MemoryEndpoint,
  event: NewEvent,
  orgFlags: readonly string[] = [],
): boolean {
  if (endpoint.orgId !== event.orgId || endpoint.isDeleted || !endpoint.isActive) return false;
  if (event.onlyEndpointId !== null) return endpoint.id === event.onlyEndpointId;
  const isVisible = event.featureFlag == null || orgFlags.includes(event.featureFlag);
  const prefixes = endpoint.eventPrefixes ?? [];
  const isByName = endpoint.eventTypes?.includes(event.type) ?? false;
  const isByRule =
    endpoint.eventTypes === null || prefixes.some((prefix) => event.type.startsWith(prefix));
  return (
    (isByName || (isByRule && isVisible)) &&
    (endpoint.channels == null || sharesOne(endpoint.channels, event.channels ?? [])) &&
    (endpoint.filter == null || matchesFilter(endpoint.filter, event.dataJson))
  );
}

function sharesOne(some: readonly string[], others: readonly string[]): boolean {
  return some.some((each) => others.includes(each));
}

/**
 * The end of the week to which an id belongs. Weeks start on Monday, and 1970-01-05 was a Monday.
 */
export function weekEndMs(id: string): number {
  const weekMs = 604_800_000;
  const mondayMs = 345_600_000;
  return Math.floor((uuidTimeMs(id) - mondayMs) / weekMs) * weekMs + mondayMs + weekMs;
}

export function isInFlight(row: MemoryDelivery, atMs: number): boolean {
  return row.status === "pending" && row.leasedUntilMs !== null && row.leasedUntilMs > atMs;
}

export function freeLease(row: MemoryDelivery, atMs: number): void {
  row.dueAtMs = atMs;
  row.leaseId = null;
  row.leasedUntilMs = null;
}

export function takeOverRow(row: MemoryDelivery, atMs: number): void {
  row.takeoversAtMs = [...row.takeoversAtMs, atMs].slice(-takeoversMax);
  freeLease(row, atMs);
}

/**
 * @returns false if the delivery's status or its number of attempts does not allow another round.
 */
export function requeueRow(row: MemoryDelivery, atMs: number): boolean {
  const status = nextStatus(row.status, "requeue");
  if (status === null || row.attempts >= limits.attemptsPerDeliveryMax) return false;
  freeLease(row, atMs);
  row.status = status;
  row.failedAtMs = null;
  row.attemptsBeforeRound = row.attempts;
  return true;
}

export function cancelRow(row: MemoryDelivery): void {
  row.status = "cancelled";
  row.dueAtMs = null;
  row.leaseId = null;
  row.leasedUntilMs = null;
}

/** The ends of the weeks, from `sinceMs` on, with a delivery that waits for a retry. */
export function weeksWithRetries(
  deliveries: ReadonlyMap<string, MemoryDelivery>,
  endpointOf: (id: string) => MemoryEndpoint | undefined,
  sinceMs: number,
): Set<number> {
  const waiting = [...deliveries.values()].filter((row) => {
    const endpoint = endpointOf(row.endpointId);
    const canBeSent = endpoint?.isActive === true && !endpoint.isDeleted;
    return canBeSent && row.status === "pending" && row.attempts > row.attemptsBeforeRound;
  });
  return new Set(waiting.map(({ eventId }) => weekEndMs(eventId)).filter((at) => at >= sinceMs));
}

/** The oldest due deliveries. Every second one is a first attempt, if there are any. */
export function oldestOf(due: readonly MemoryDelivery[], count: number): readonly MemoryDelivery[] {
  const firsts = due.filter(({ attempts }) => attempts === 0);
  const chosen = new Set<MemoryDelivery>();
  for (let turn = 0; turn < count; turn += 1) {
    for (const row of [firsts[turn], due[turn]]) if (row !== undefined) chosen.add(row);
  }
  return [...chosen].slice(0, count);
}

export function byTurn(a: Turn, b: Turn): number {
  return a.turn - b.turn || (a.row.id < b.row.id ? -1 : 1);
}

/** Due deliveries by endpoint, oldest first. */
export function dueByEndpoint(
  rows: Iterable<MemoryDelivery>,
  atMs: number,
): Map<string, MemoryDelivery[]> {
  const byEndpoint = new Map<string, MemoryDelivery[]>();
  for (const row of rows) {
    if (row.status !== "pending" || row.dueAtMs === null || row.dueAtMs > atMs) continue;
    const due = byEndpoint.get(row.endpointId);
    if (due === undefined) byEndpoint.set(row.endpointId, [row]);
    else due.push(row);
  }
  for (const due of byEndpoint.values()) due.sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0));
  return byEndpoint;
}

export interface UsedKey {
  readonly eventId: string;
  readonly requestHash: Uint8Array | null;
  readonly dataJson: string;
}

/** The outcome for an event whose idempotency key or external id has already been used. */
export function outcomeOfUsedKeys(
  keys: ReadonlyMap<string, UsedKey>,
  event: NewEvent,
): PublishOutcome | null {
  let outcome: PublishOutcome | null = null;
  for (const key of eventKeysOf(event)) {
    const used = keys.get(eventKeyName(event.orgId, key));
    if (used === undefined) continue;
    if (!isSameContent(used, event)) return { kind: "key_reused", isExternalId: key.isExternalId };
    outcome ??= { kind: "duplicate", eventId: used.eventId };
  }
  return outcome;
}
