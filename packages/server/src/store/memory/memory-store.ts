/**
 * The store in memory. The simulation uses it, and it shows what the interface `Store` means
 * without SQL. It passes the same tests as the PostgreSQL store. No method waits for anything, so
 * each is atomic, like a transaction.
 */
import { limits } from "../../limits.ts";
import { nextStatus } from "../../model/delivery.ts";
import { isSendable, type Endpoint } from "../../model/endpoint.ts";
import { eventKeyName, eventKeysOf } from "../../model/event-keys.ts";
import { deliveryId, uuidTimeMs } from "../../model/id.ts";
import { waitingWork } from "./waiting-work.ts";
import {
  newFanOut,
  nextFanOutOrg,
  planFanOuts,
  stepFanOuts,
  type FanOutKind,
  type IsTarget,
  type MemoryFanOut,
} from "./fan-outs.ts";
import type { FanOutStep } from "../../model/fan-out-step.ts";
import { isTargetBy, type MemoryStoreOptions } from "./options.ts";
import {
  byTurn,
  cancelRow,
  weeksWithRetries,
  dueByEndpoint,
  freeLease,
  isLeaseOf,
  isInFlight,
  newDelivery,
  mayBeTakenOver,
  mayClaim,
  oldestOf,
  outcomeOfUsedKeys,
  requeueRow,
  takeOverRow,
  weekEndMs,
  type MemoryDelivery,
  type MemoryEndpoint,
  type UsedKey,
  type Turn,
} from "./rows.ts";
import type {
  ChangeOutcome,
  ClaimRequest,
  ExpireOutcome,
  ExpireRequest,
  Claimed,
  LeasedDelivery,
  Heartbeat,
  NewEvent,
  PublishOutcome,
  PublishRequest,
  ReapRequest,
  Settlement,
  Store,
  UnreadableDelivery,
  TakenOver,
  WaitingWork,
} from "../store.ts";

export class MemoryStore implements Store {
  readonly #options: MemoryStoreOptions;
  readonly #now: (() => number) | null;
  /** Every pending delivery below this id has a due time, so `reap` only looks above it. */
  #watermarkMs = 0;
  readonly events = new Map<string, NewEvent>();
  readonly deliveries = new Map<string, MemoryDelivery>();
  readonly fanOuts = new Map<string, MemoryFanOut>();
  readonly #endpoints = new Map<string, MemoryEndpoint>();
  readonly #isTarget: IsTarget;
  readonly #nodes = new Map<string, number>();
  readonly #keys = new Map<string, UsedKey>();

  constructor(options: MemoryStoreOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? null;
    this.#isTarget = isTargetBy(options);
  }

  /** Adds an endpoint, or replaces it with a new version. */
  putEndpoint(endpoint: MemoryEndpoint): void {
    this.#endpoints.set(endpoint.id, endpoint);
  }

  readonly endpoint = (id: string): MemoryEndpoint | undefined => this.#endpoints.get(id);

  /** The endpoints that match an event if it is published now. */
  targetsOf(event: NewEvent): readonly string[] {
    const all = [...this.#endpoints.values()];
    return all.filter((each) => this.#isTarget(each, event)).map(({ id }) => id);
  }

  async publish(request: PublishRequest): Promise<readonly PublishOutcome[]> {
    const judged = request.events.map((event) => this.#judgeKey(event));
    const isRefused =
      request.allOrNothing && judged.some((outcome) => outcome?.kind === "key_reused");
    const plan = planFanOuts(request, this.#endpoints.values(), this.#judgeKey, this.#isTarget);
    // If two events in a request have the same key, the first one is stored first. So the key of
    // each event is checked again when it is stored.
    return request.events.map((event, index) => {
      if (isRefused) return judged[index] ?? { kind: "not_stored" };
      return this.#judgeKey(event) ?? this.#storeEvent(event, request, plan);
    });
  }

  readonly #judgeKey = (event: NewEvent): PublishOutcome | null =>
    outcomeOfUsedKeys(this.#keys, event);

  /** The caller's time, corrected if it is implausible, as in `posthorn.bounded_clock`. */
  #bounded(atMs: number): number {
    const nowMs = this.#now?.() ?? atMs;
    return atMs < nowMs - limits.clockToleranceMs / 12 ? nowMs : Math.min(nowMs, atMs);
  }

  /** The lowest time of an id that `publish` may lease, as in `posthorn.publish_batch`. */
  #leasableFromMs(): number {
    if (this.#options.leasesAnyId === true) return 0;
    if (this.#now === null) return this.#watermarkMs;
    return Math.max(this.#watermarkMs, this.#now() - limits.clockToleranceMs);
  }

  /** Pending deliveries that nothing would send: not leased, not due, not visible to `reap`. */
  outOfSight(): readonly string[] {
    return [...this.deliveries.values()]
      .filter((row) => row.status === "pending" && row.dueAtMs === null)
      .filter((row) => row.leasedUntilMs === null || uuidTimeMs(row.id) < this.#watermarkMs)
      .map((row) => row.id);
  }

  #storeEvent(
    event: NewEvent,
    request: PublishRequest,
    plan: ReadonlyMap<string, FanOutKind>,
  ): PublishOutcome {
    const { lease, spilledIds } = request;
    const atMs = this.#bounded(request.atMs);
    const correctionMs = atMs - request.atMs;
    this.events.set(event.id, event);
    const { id: eventId, requestHash, dataJson } = event;
    for (const key of eventKeysOf(event)) {
      this.#keys.set(eventKeyName(event.orgId, key), { eventId, requestHash, dataJson });
    }
    const targets = [...this.#endpoints.values()].filter((each) => this.#isTarget(each, event));
    const fanOut = plan.get(event.id) ?? "done";
    if (fanOut !== "done") {
      const endpointIds = targets.map(({ id }) => id).toSorted();
      this.fanOuts.set(event.id, newFanOut(event, endpointIds, atMs));
      return { kind: "stored", deliveries: [], fanOut };
    }
    const deliveries = targets.map((endpoint) => {
      const isSpilled = [endpoint.id, endpoint.orgId].some((each) => spilledIds.includes(each));
      const id = deliveryId(event.id, endpoint.id);
      const isWaiting = endpoint.destination !== "http" || !isSendable(endpoint, atMs);
      const isHeld = lease !== null && !isSpilled && !isWaiting;
      const leased = isHeld && uuidTimeMs(id) >= this.#leasableFromMs();
      const row = newDelivery(event.id, endpoint.id, atMs);
      if (leased) {
        row.dueAtMs = null;
        row.leaseId = lease.id;
        row.leasedUntilMs = lease.untilMs + correctionMs;
      }
      this.deliveries.set(id, row);
      return {
        deliveryId: id,
        endpointId: endpoint.id,
        endpointVersion: endpoint.version,
        leased,
      };
    });
    return { kind: "stored", deliveries, fanOut };
  }

  async nextFanOut(afterOrgId: string | null, atMs: number): Promise<string | null> {
    return nextFanOutOrg(this.fanOuts.values(), afterOrgId, this.#bounded(atMs));
  }

  async fanOut(orgId: string, deliveriesMax: number, atMs: number): Promise<FanOutStep | null> {
    const isDeleted = (id: string) => this.#endpoints.get(id)?.isDeleted !== false;
    const on = { ...this.#options, fanOuts: this.fanOuts, deliveries: this.deliveries, isDeleted };
    return stepFanOuts(on, orgId, deliveriesMax, this.#bounded(atMs));
  }

  async waitingWork(_nodeId: string, atMs: number): Promise<WaitingWork> {
    return waitingWork(this, this.#nodes, this.#now?.() ?? atMs);
  }

  async claim(request: ClaimRequest): Promise<Claimed> {
    const { lease } = request;
    const atMs = this.#bounded(request.atMs);
    const leasedUntilMs = lease.untilMs + atMs - request.atMs;
    const byOrg = new Map<string, Turn[]>();
    let isCut = false;
    for (const [endpointId, due] of dueByEndpoint(this.deliveries.values(), atMs)) {
      const endpoint = this.#endpoints.get(endpointId);
      if (endpoint === undefined || endpoint.isDeleted || !isSendable(endpoint, atMs)) continue;
      if (request.fullOrgIds.includes(endpoint.orgId) || !mayClaim(endpoint, request)) continue;
      const free = request.freePlaces.get(endpointId) ?? request.perEndpointMax;
      const room = Math.min(request.perEndpointMax, free);
      isCut ||= room > 0 && due.length >= room;
      const turns = byOrg.get(endpoint.orgId) ?? [];
      byOrg.set(endpoint.orgId, turns);
      oldestOf(due, room).forEach((row, turn) => turns.push({ row, turn }));
    }
    const chosen = [...byOrg.values()]
      .flatMap((turns) => turns.toSorted(byTurn).map(({ row }, turn) => ({ row, turn })))
      .toSorted(byTurn)
      .slice(0, request.deliveriesMax);
    const deliveries: LeasedDelivery[] = [];
    const unreadable: UnreadableDelivery[] = [];
    for (const { row } of chosen) {
      row.leaseId = lease.id;
      row.leasedUntilMs = leasedUntilMs;
      row.dueAtMs = leasedUntilMs;
      const { id, endpointId, attempts, attemptsBeforeRound } = row;
      const event = this.events.get(row.eventId);
      if (event === undefined) {
        const reason = "The event's data has been removed.";
        unreadable.push({ id, endpointId, lease, attempts, reason });
        continue;
      }
      const endpointVersion = this.#endpoints.get(endpointId)?.version ?? 0;
      const held = { id, event, endpointId, endpointVersion, lease };
      deliveries.push({ ...held, attempts, attemptsBeforeRound });
    }
    return { deliveries, unreadable, isCut: isCut || chosen.length === request.deliveriesMax };
  }

  async settle(settlements: readonly Settlement[], atMs: number): Promise<ReadonlySet<string>> {
    const lost = new Set<string>();
    for (const settlement of settlements) {
      const row = this.deliveries.get(settlement.deliveryId);
      if (row === undefined || !this.#settleOne(row, settlement, atMs)) {
        lost.add(settlement.deliveryId);
      }
      if (settlement.turnEndpointOff !== null) {
        this.#turnOff(settlement.turnEndpointOff.endpointId);
      }
    }
    return lost;
  }

  #settleOne(row: MemoryDelivery, settlement: Settlement, atMs: number): boolean {
    const isMine = row.leaseId === settlement.leaseId;
    if (isMine && row.leasedUntilMs === null) {
      // The settlement had already been written, but the response was lost.
      return row.attempts === settlement.number && row.status === settlement.status;
    }
    const isNext = row.attempts === settlement.number - 1 && row.status === "pending";
    const correctionMs = this.#bounded(atMs) - atMs;
    const { dueAtMs, decidedAtMs = atMs } = settlement;
    if (this.#options.isFenced !== false && !(isMine && row.leasedUntilMs !== null && isNext))
      return false;
    row.status = settlement.status;
    row.attempts = settlement.number;
    row.dueAtMs = dueAtMs === null ? null : dueAtMs - decidedAtMs + this.#bounded(atMs);
    row.leasedUntilMs = null;
    row.failedAtMs = settlement.status === "failed" ? atMs + correctionMs : null;
    row.history.push(settlement.attempt);
    return true;
  }

  #turnOff(endpointId: string): void {
    const endpoint = this.#endpoints.get(endpointId);
    if (endpoint === undefined || !endpoint.isActive) return;
    this.putEndpoint({ ...endpoint, isActive: false, version: endpoint.version + 1 });
  }

  async release(
    leases: readonly { readonly deliveryId: string; readonly leaseId: string }[],
    atMs: number,
  ): Promise<void> {
    for (const { deliveryId: id, leaseId } of leases) {
      const row = this.deliveries.get(id);
      if (row?.leaseId !== leaseId || row.leasedUntilMs === null) continue;
      if (row.status === "pending") freeLease(row, this.#bounded(atMs));
    }
  }

  async reap({ atMs: givenMs, leasesGrantedBeforeMs }: ReapRequest): Promise<number> {
    const atMs = this.#bounded(givenMs);
    const futureFromMs = (this.#now?.() ?? Number.POSITIVE_INFINITY) + 1_000;
    let reaped = 0;
    for (const row of this.deliveries.values()) {
      if (row.status !== "pending") continue;
      const isExpired = row.leasedUntilMs !== null && row.leasedUntilMs < atMs;
      const idMs = uuidTimeMs(row.id);
      const isInSight =
        (idMs >= this.#watermarkMs && idMs < leasesGrantedBeforeMs) || idMs >= futureFromMs;
      if (row.dueAtMs === null && isExpired && isInSight) {
        freeLease(row, atMs);
        reaped += 1;
      }
      const isFree = row.leasedUntilMs === null || row.leasedUntilMs < atMs;
      if (row.dueAtMs !== null && isFree && this.#endpoints.get(row.endpointId)?.isDeleted) {
        cancelRow(row);
      }
    }
    this.#moveWatermark(leasesGrantedBeforeMs);
    return reaped;
  }

  /** Moves the watermark up or back: to the limit, or to the first leased delivery below that. */
  #moveWatermark(grantedBeforeMs: number): void {
    const nowMs = this.#now?.() ?? Number.POSITIVE_INFINITY;
    const boundMs = Math.min(grantedBeforeMs, nowMs - limits.clockToleranceMs);
    const heldMs = [...this.deliveries.values()]
      .filter((row) => row.status === "pending" && row.dueAtMs === null)
      .map((row) => uuidTimeMs(row.id))
      .filter((idMs) => idMs >= this.#watermarkMs);
    this.#watermarkMs = heldMs.reduce((least, idMs) => Math.min(least, idMs), boundMs);
  }

  async expire(request: ExpireRequest): Promise<ExpireOutcome> {
    let cancelled = 0;
    const weeks = new Set<string>();
    const busy = weeksWithRetries(this.deliveries, this.endpoint, request.retriedSinceMs);
    for (const row of this.deliveries.values()) {
      const endedAtMs = weekEndMs(row.eventId);
      if (row.status !== "pending" || endedAtMs > request.payloadsBeforeMs) continue;
      if (busy.has(endedAtMs)) continue;
      if (isInFlight(row, request.atMs)) busy.add(endedAtMs);
      else {
        cancelRow(row);
        cancelled += 1;
      }
    }
    for (const id of this.events.keys()) {
      const endedAtMs = weekEndMs(id);
      if (endedAtMs > request.payloadsBeforeMs || busy.has(endedAtMs)) continue;
      this.events.delete(id);
      this.fanOuts.delete(id);
      for (const [key, used] of this.#keys) if (used.eventId === id) this.#keys.delete(key);
      weeks.add(`events ${endedAtMs}`);
    }
    for (const row of this.deliveries.values()) {
      const endedAtMs = weekEndMs(row.eventId);
      if (endedAtMs > request.ledgerBeforeMs || busy.has(endedAtMs)) continue;
      this.deliveries.delete(row.id);
      weeks.add(`deliveries ${endedAtMs}`).add(`attempts ${endedAtMs}`);
    }
    return { cancelled, weeksDropped: weeks.size, auditEntriesRemoved: 0 };
  }

  async heartbeat({ nodeId, atMs, sinceMs }: Heartbeat): Promise<number> {
    this.#nodes.set(nodeId, atMs);
    return [...this.#nodes.values()].filter((seenAtMs) => seenAtMs >= sinceMs).length;
  }

  async leave(nodeId: string): Promise<void> {
    this.#nodes.delete(nodeId);
  }

  async takeOver(nodeId: string): Promise<readonly TakenOver[]> {
    const dead = (this.#options.deadNodes?.() ?? []).filter((each) => each !== nodeId);
    return Promise.all(
      dead.map(async (each) => ({ nodeId: each, deliveries: await this.takeOverFrom(each) })),
    );
  }

  async takeOverFrom(deadNodeId: string): Promise<number> {
    const atMs = this.#now?.() ?? 0;
    const isItsLease = isLeaseOf(deadNodeId);
    const rows = [...this.deliveries.values()].filter(
      (row) =>
        row.status === "pending" &&
        row.leasedUntilMs !== null &&
        isItsLease(row.leaseId) &&
        mayBeTakenOver(row, atMs),
    );
    for (const row of rows) takeOverRow(row, atMs);
    return rows.length;
  }

  async endpoints(ids: readonly string[]): Promise<readonly Endpoint[]> {
    return ids
      .map((id) => this.#endpoints.get(id))
      .filter((endpoint) => endpoint !== undefined && !endpoint.isDeleted) as MemoryEndpoint[];
  }

  async requeue(id: string, atMs: number): Promise<ChangeOutcome> {
    const row = this.deliveries.get(id);
    if (row === undefined) return "not_found";
    if (isInFlight(row, atMs)) return "in_flight";
    if (this.#endpoints.get(row.endpointId)?.isDeleted !== false) return "endpoint_gone";
    if (!this.events.has(row.eventId)) return "payload_expired";
    return requeueRow(row, atMs) ? "changed" : "refused";
  }

  async cancel(id: string, atMs: number): Promise<ChangeOutcome> {
    const row = this.deliveries.get(id);
    if (row === undefined) return "not_found";
    if (isInFlight(row, atMs)) return "in_flight";
    if (nextStatus(row.status, "cancel") === null) return "refused";
    cancelRow(row);
    return "changed";
  }
}
