/** Sets up the store's test suite, with steps that many of its tests share. */
import { randomBytes, randomUUID } from "node:crypto";
import type { DestinationKind } from "../../model/endpoint.ts";
import { deliveryId, uuidV7 } from "../../model/id.ts";
import type {
  Claimed,
  ClaimRequest,
  FannedOutDelivery,
  Lease,
  LeasedDelivery,
  NewEvent,
  PublishOutcome,
  Settlement,
  Store,
} from "../store.ts";

export interface DeliveryState {
  readonly status: string;
  readonly attempts: number;
  readonly dueAtMs: number | null;
  readonly isLeased: boolean;
}

/**
 * A store under test, and functions with which tests set up and inspect data that `Store` does not
 * show.
 */
export interface StoreFixture {
  readonly store: Store;
  addEndpoint(fields: {
    readonly orgId: string;
    readonly eventTypes?: readonly string[];
    /** Wildcards without their `*`. */
    readonly eventPrefixes?: readonly string[];
    readonly channels?: readonly string[];
    /** JSON text. */
    readonly filter?: string;
    readonly isActive?: boolean;
    readonly pausedUntilMs?: number;
    readonly destination?: DestinationKind;
  }): Promise<string>;
  setFeatureFlags(orgId: string, flags: readonly string[]): Promise<void>;
  /** Connects a terminal to its endpoint, in place of an earlier one; null disconnects it. */
  connectTerminal(endpointId: string, sessionId: string | null): Promise<void>;
  changeEndpoint(
    id: string,
    change: {
      readonly isActive?: boolean;
      readonly isDeleted?: boolean;
      readonly pausedUntilMs?: number | null;
    },
  ): Promise<void>;
  delivery(id: string): Promise<DeliveryState | null>;
  /** Every attempt of a delivery, oldest first. */
  attempts(id: string): Promise<readonly { number: number; responseStatus: number | null }[]>;
  eventsOf(orgId: string): Promise<number>;
  /** True if the store knows that deliveries of the event have not been created yet. */
  isFanOutOpen(eventId: string): Promise<boolean>;
  /** From now on, the background fan-out cannot store these deliveries, and can store all others. */
  refuseDeliveries(ids: readonly string[]): Promise<void>;
  /** How many endpoints the event goes to, according to the event's row. */
  endpointsMatched(eventId: string): Promise<number>;
  /**
   * Pending deliveries that would never be sent: they are neither leased and visible to the reaper,
   * nor due now or later at an endpoint that a claim will check.
   */
  outOfSight(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * With these options a commit creates all deliveries, even in a store that fans out in the
 * background.
 */
export const atOnce = {
  laterOrgIds: [],
  fanOut: { endpointsMax: 10_000, deliveriesMax: 1_000_000 },
} as const;

export const startMs = Date.UTC(2026, 2, 22, 12);
export const newId = (timeMs = startMs): string => uuidV7(timeMs, randomBytes(10));
export const newLease = (untilMs = startMs + 60_000): Lease => ({ id: newId(), untilMs });

export function newEvent(orgId: string, fields: Partial<NewEvent> = {}): NewEvent {
  return {
    id: newId(),
    orgId,
    type: "scan.completed",
    timestampMs: startMs,
    dataJson: '{"n":1}',
    idempotencyKey: null,
    requestHash: null,
    schemaWarning: null,
    onlyEndpointId: null,
    ...fields,
  };
}

export function deliveriesOf(outcome: PublishOutcome | undefined): readonly FannedOutDelivery[] {
  if (outcome?.kind !== "stored") throw new Error(`Not stored but ${outcome?.kind}.`);
  return outcome.deliveries;
}

export function claimAt(atMs: number, fields: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    atMs,
    lease: newLease(atMs + 60_000),
    deliveriesMax: 100,
    perEndpointMax: 100,
    freePlaces: new Map(),
    fullOrgIds: [],
    sessionIds: [],
    ...fields,
  };
}

export function settlementOf(
  id: string,
  lease: Lease,
  number: number,
  fields: Partial<Settlement> = {},
): Settlement {
  return {
    deliveryId: id,
    leaseId: lease.id,
    number,
    status: "delivered",
    dueAtMs: null,
    attempt: {
      atMs: startMs,
      durationMs: 5,
      responseStatus: 200,
      error: null,
      trigger: "schedule",
      exchangeJson: '{"response_body":"ok"}',
    },
    turnEndpointOff: null,
    ...fields,
  };
}

/**
 * The store under test, with steps that many tests share. All tests of a suite use the same object.
 */
export class StoreTester {
  readonly fixture: StoreFixture;
  readonly store: Store;

  constructor(fixture: StoreFixture) {
    this.fixture = fixture;
    this.store = checkedAfterEachStep(fixture);
  }

  /** Claims the due deliveries of one endpoint, and gives all other deliveries back. */
  async claimOf(endpointId: string, request: ClaimRequest): Promise<readonly LeasedDelivery[]> {
    const { deliveries: claimed } = await this.store.claim({ ...request, deliveriesMax: 10_000 });
    const others = claimed.filter((each) => each.endpointId !== endpointId);
    const handles = others.map((each) => ({ deliveryId: each.id, leaseId: each.lease.id }));
    await this.store.release(handles, request.atMs);
    return claimed.filter((each) => each.endpointId === endpointId);
  }

  publishTo(
    orgId: string,
    lease: Lease | null,
    events: readonly NewEvent[] = [newEvent(orgId)],
  ): Promise<readonly PublishOutcome[]> {
    return this.store.publish({
      events,
      atMs: startMs,
      lease,
      spilledIds: [],
      ...atOnce,
      allOrNothing: false,
    });
  }

  /** Creates an org with one endpoint and one pending delivery, which is due. */
  async waiting(): Promise<{
    readonly orgId: string;
    readonly endpointId: string;
    readonly event: NewEvent;
    readonly id: string;
  }> {
    const orgId = randomUUID();
    const endpointId = await this.fixture.addEndpoint({ orgId });
    const event = newEvent(orgId);
    await this.publishTo(orgId, null, [event]);
    return { orgId, endpointId, event, id: deliveryId(event.id, endpointId) };
  }
}

/**
 * A proxy that checks two rules after each call. Every pending delivery is held by a live lease, or
 * due, or visible to the reaper. And a claim finds deliveries only if `waitingWork` has announced
 * them.
 */
function checkedAfterEachStep(fixture: StoreFixture): Store {
  return new Proxy(fixture.store, {
    get(store, name: keyof Store) {
      const step = store[name] as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        const isAnnounced = await announces(store, name, given);
        const outcome = await step.apply(store, given);
        if (!isAnnounced && (outcome as Claimed).deliveries.length > 0) {
          throw new Error("The claim found deliveries that waitingWork had not announced.");
        }
        const lost = await fixture.outOfSight();
        if (lost.length > 0) throw new Error(`${name} lost track of ${lost.join(", ")}.`);
        return outcome;
      };
    },
  });
}

/**
 * For a claim: whether `waitingWork` says, just before it, that work is due. For all other steps:
 * true.
 */
async function announces(store: Store, name: keyof Store, given: unknown[]): Promise<boolean> {
  if (name !== "claim") return true;
  const { atMs } = given[0] as ClaimRequest;
  return (await store.waitingWork(newId(), atMs)).dueInMs === 0;
}
