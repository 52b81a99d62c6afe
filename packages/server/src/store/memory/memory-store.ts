/**
 * The store in memory: for the simulation, and to state the port's meaning without SQL. It passes
 * the same test suite as the one on PostgreSQL. Every method does its work in one turn of the
 * event loop, so each is a transaction.
 */
import { limits } from "../../limits.ts";
import { nextStatus, type DeliveryStatus } from "../../model/delivery.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { deliveryId } from "../../model/id.ts";
import type {
  AttemptRecord,
  ChangeOutcome,
  ClaimRequest,
  ExpireOutcome,
  ExpireRequest,
  Claimed,
  NewEvent,
  PublishOutcome,
  PublishRequest,
  ReapRequest,
  Settlement,
  Store,
} from "../store.ts";

export interface MemoryEndpoint extends Endpoint {
  /** Null: every type. */
  readonly eventTypes: readonly string[] | null;
  readonly isDeleted: boolean;
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
  /** All of them, in order. */
  history: AttemptRecord[];
}

export interface MemoryStoreOptions {
  /** False breaks the fence on purpose, to see that the simulation notices. */
  readonly isFenced?: boolean;
}

interface UsedKey {
  readonly eventId: string;
  readonly requestHash: Uint8Array | null;
}

interface Turn {
  readonly row: MemoryDelivery;
  readonly turn: number;
}

export class MemoryStore implements Store {
  readonly #isFenced: boolean;
  readonly events = new Map<string, NewEvent>();
  readonly deliveries = new Map<string, MemoryDelivery>();
  readonly #endpoints = new Map<string, MemoryEndpoint>();
  readonly #nodes = new Map<string, number>();
  readonly #keys = new Map<string, UsedKey>();

  constructor(options: MemoryStoreOptions = {}) {
    this.#isFenced = options.isFenced ?? true;
  }

  /** Adds an endpoint, or puts a new version in its place. */
  putEndpoint(endpoint: MemoryEndpoint): void {
    this.#endpoints.set(endpoint.id, endpoint);
  }

  endpoint(id: string): MemoryEndpoint | undefined {
    return this.#endpoints.get(id);
  }

  async publish(request: PublishRequest): Promise<readonly PublishOutcome[]> {
    const judged = request.events.map((event) => this.#judgeKey(event));
    const isRefused =
      request.allOrNothing && judged.some((outcome) => outcome?.kind === "key_reused");
    // One of two equal keys in a request comes first, so each is judged again when it is stored.
    return request.events.map((event, index) => {
      if (isRefused) return judged[index] ?? { kind: "not_stored" };
      return this.#judgeKey(event) ?? this.#storeEvent(event, request);
    });
  }

  #judgeKey(event: NewEvent): PublishOutcome | null {
    if (event.idempotencyKey === null) return null;
    const used = this.#keys.get(`${event.orgId} ${event.idempotencyKey}`);
    if (used === undefined) return null;
    const isSame =
      Buffer.compare(used.requestHash ?? Buffer.of(), event.requestHash ?? Buffer.of()) === 0;
    return isSame ? { kind: "duplicate", eventId: used.eventId } : { kind: "key_reused" };
  }

  #storeEvent(event: NewEvent, request: PublishRequest): PublishOutcome {
    const { lease, atMs, unleasedIds } = request;
    this.events.set(event.id, event);
    if (event.idempotencyKey !== null) {
      const { id: eventId, requestHash } = event;
      this.#keys.set(`${event.orgId} ${event.idempotencyKey}`, { eventId, requestHash });
    }
    const targets = [...this.#endpoints.values()].filter((each) => isTarget(each, event));
    const deliveries = targets.map((endpoint) => {
      const isUnleased = [endpoint.id, endpoint.orgId].some((each) => unleasedIds.includes(each));
      const leased = lease !== null && !isUnleased;
      const id = deliveryId(event.id, endpoint.id);
      this.deliveries.set(id, {
        id,
        eventId: event.id,
        endpointId: endpoint.id,
        status: "pending",
        attempts: 0,
        attemptsBeforeRound: 0,
        dueAtMs: leased ? null : atMs,
        leaseId: leased ? lease.id : null,
        leasedUntilMs: leased ? lease.untilMs : null,
        failedAtMs: null,
        history: [],
      });
      return {
        deliveryId: id,
        endpointId: endpoint.id,
        endpointVersion: endpoint.version,
        leased,
      };
    });
    return { kind: "stored", deliveries };
  }

  async claim(request: ClaimRequest): Promise<Claimed> {
    const { atMs, lease } = request;
    const byOrg = new Map<string, Turn[]>();
    let isCut = false;
    for (const [endpointId, due] of this.#dueByEndpoint(atMs)) {
      const endpoint = this.#endpoints.get(endpointId);
      if (endpoint === undefined || endpoint.isDeleted || !endpoint.isActive) continue;
      if (request.fullOrgIds.includes(endpoint.orgId)) continue;
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
    const deliveries = chosen.map(({ row }) => {
      row.leaseId = lease.id;
      row.leasedUntilMs = lease.untilMs;
      row.dueAtMs = lease.untilMs;
      return {
        id: row.id,
        event: this.events.get(row.eventId) as NewEvent,
        endpointId: row.endpointId,
        endpointVersion: this.#endpoints.get(row.endpointId)?.version ?? 0,
        lease,
        attempts: row.attempts,
        attemptsBeforeRound: row.attemptsBeforeRound,
      };
    });
    return { deliveries, isCut: isCut || deliveries.length === request.deliveriesMax };
  }

  /** Due deliveries, the oldest first, by endpoint. */
  #dueByEndpoint(atMs: number): Map<string, MemoryDelivery[]> {
    const byEndpoint = new Map<string, MemoryDelivery[]>();
    for (const row of this.deliveries.values()) {
      if (row.status !== "pending" || row.dueAtMs === null || row.dueAtMs > atMs) continue;
      const rows = byEndpoint.get(row.endpointId);
      if (rows === undefined) byEndpoint.set(row.endpointId, [row]);
      else rows.push(row);
    }
    for (const rows of byEndpoint.values()) {
      rows.sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0));
    }
    return byEndpoint;
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
      // Written before, and the answer was lost.
      return row.attempts === settlement.number && row.status === settlement.status;
    }
    const isNext = row.attempts === settlement.number - 1 && row.status === "pending";
    if (this.#isFenced && !(isMine && row.leasedUntilMs !== null && isNext)) return false;
    row.status = settlement.status;
    row.attempts = settlement.number;
    row.dueAtMs = settlement.dueAtMs;
    row.leasedUntilMs = null;
    row.failedAtMs = settlement.status === "failed" ? atMs : null;
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
      if (row.status === "pending") freeLease(row, atMs);
    }
  }

  async reap({ atMs, leasesGrantedBeforeMs }: ReapRequest): Promise<number> {
    let reaped = 0;
    for (const row of this.deliveries.values()) {
      if (row.status !== "pending") continue;
      const isExpired = row.leasedUntilMs !== null && row.leasedUntilMs < atMs;
      const grantedAtMs = Number.parseInt(row.id.slice(0, 8) + row.id.slice(9, 13), 16);
      if (row.dueAtMs === null && isExpired && grantedAtMs < leasesGrantedBeforeMs) {
        freeLease(row, atMs);
        reaped += 1;
      }
      const isFree = row.leasedUntilMs === null || row.leasedUntilMs < atMs;
      if (row.dueAtMs !== null && isFree && this.#endpoints.get(row.endpointId)?.isDeleted) {
        cancelRow(row);
      }
    }
    return reaped;
  }

  async expire(request: ExpireRequest): Promise<ExpireOutcome> {
    let cancelled = 0;
    const weeks = new Set<string>();
    const busy = new Set<number>();
    for (const row of this.deliveries.values()) {
      const endedAtMs = weekEndMs(row.eventId);
      if (row.status !== "pending" || endedAtMs > request.payloadsBeforeMs) continue;
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

  async heartbeat(nodeId: string, atMs: number | null, sinceMs: number): Promise<number> {
    if (atMs === null) {
      this.#nodes.delete(nodeId);
      return 0;
    }
    this.#nodes.set(nodeId, atMs);
    return [...this.#nodes.values()].filter((seenAtMs) => seenAtMs >= sinceMs).length;
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
    const status = nextStatus(row.status, "requeue");
    if (status === null || row.attempts >= limits.attemptsPerDeliveryMax) return "refused";
    freeLease(row, atMs);
    row.status = status;
    row.failedAtMs = null;
    row.attemptsBeforeRound = row.attempts;
    return "changed";
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

function isTarget(endpoint: MemoryEndpoint, event: NewEvent): boolean {
  if (endpoint.orgId !== event.orgId || endpoint.isDeleted || !endpoint.isActive) return false;
  if (event.onlyEndpointId !== null) return endpoint.id === event.onlyEndpointId;
  return endpoint.eventTypes === null || endpoint.eventTypes.includes(event.type);
}

/** When the week of an id is over: weeks begin on Monday, and 1970-01-05 was one. */
function weekEndMs(id: string): number {
  const weekMs = 604_800_000;
  const mondayMs = 345_600_000;
  const timeMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Math.floor((timeMs - mondayMs) / weekMs) * weekMs + mondayMs + weekMs;
}

function isInFlight(row: MemoryDelivery, atMs: number): boolean {
  return row.status === "pending" && row.leasedUntilMs !== null && row.leasedUntilMs > atMs;
}

function freeLease(row: MemoryDelivery, atMs: number): void {
  row.dueAtMs = atMs;
  row.leaseId = null;
  row.leasedUntilMs = null;
}

function cancelRow(row: MemoryDelivery): void {
  row.status = "cancelled";
  row.dueAtMs = null;
  row.leaseId = null;
  row.leasedUntilMs = null;
}

/** Every second one is a first attempt, if there is any. */
function oldestOf(due: readonly MemoryDelivery[], count: number): readonly MemoryDelivery[] {
  const firsts = due.filter(({ attempts }) => attempts === 0);
  const chosen = new Set<MemoryDelivery>();
  for (let turn = 0; turn < count; turn += 1) {
    for (const row of [firsts[turn], due[turn]]) if (row !== undefined) chosen.add(row);
  }
  return [...chosen].slice(0, count);
}

function byTurn(a: Turn, b: Turn): number {
  return a.turn - b.turn || (a.row.id < b.row.id ? -1 : 1);
}
