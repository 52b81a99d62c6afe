/**
 * The pipeline's port to its storage. Each method is one atomic transition. `store.testsuite.ts`
 * contains the requirements as tests, and runs on each implementation.
 *
 * Times are in milliseconds since the Unix epoch, and always parameters.
 */
import type { Actor } from "../model/audit.ts";
import type { DeliveryStatus } from "../model/delivery.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { PublishedEvent } from "../model/event.ts";
import type { TurnOff } from "../model/operational-event.ts";
import type { FanOutStep } from "../model/fan-out-step.ts";

export interface Lease {
  readonly id: string;
  readonly untilMs: number;
}

export interface NewEvent extends PublishedEvent {
  /** The platform's text for the org, stored with a new org. Null or undefined if it is `orgId`. */
  readonly orgExternalId?: string | null;
  readonly idempotencyKey: string | null;
  /** The timestamp that the publisher set; null or undefined if it set none. */
  readonly givenTimestampMs?: number | null;
  /**
   * The `contentHash` of an event with an idempotency key or an external id. The same key or id
   * with other content is rejected.
   */
  readonly requestHash: Uint8Array | null;
  /** How the data violates its type's schema, if schema_check is warn. */
  readonly schemaWarning: string | null;
  /** For a test event: the only endpoint that gets it, whatever its event types. Otherwise null. */
  readonly onlyEndpointId: string | null;
  /** An endpoint with channels only gets events that have one of them. Null or undefined: none. */
  readonly channels?: readonly string[] | null;
  /** Only orgs with this flag see the type. Null or undefined: every org. */
  readonly featureFlag?: string | null;
  /** Texts to find the event by. Null or undefined: none. */
  readonly tags?: readonly string[] | null;
}

export interface PublishRequest {
  readonly events: readonly NewEvent[];
  readonly atMs: number;
  /** The lease for the deliveries; null makes every delivery due for claiming. */
  readonly lease: Lease | null;
  /**
   * Endpoints and orgs whose deliveries the caller cannot queue. These deliveries become due for
   * claiming.
   */
  readonly spilledIds: readonly string[];
  /**
   * Orgs known to have too many endpoints for one commit. The deliveries of their events are
   * created in the background.
   */
  readonly laterOrgIds: readonly string[];
  readonly fanOut: FanOutBounds;
  /** True to store none of the events if one of the keys was used for another request. */
  readonly allOrNothing: boolean;
  /** How long to wait for another transaction's lock. Default: the statement timeout. */
  readonly lockWaitMs?: number;
}

/** How many deliveries one commit creates. `fanOut` creates the rest. */
export interface FanOutBounds {
  /** If an org has more active endpoints, `fanOut` creates all deliveries of its events. */
  readonly endpointsMax: number;
  /**
   * When a commit has created this many deliveries, `fanOut` creates those of the remaining events.
   */
  readonly deliveriesMax: number;
}

export interface FannedOutDelivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly endpointVersion: number;
  /**
   * True if the caller holds the lease and sends the delivery; false if a claim must lease it
   * first.
   */
  readonly leased: boolean;
}

export type PublishOutcome =
  | {
      readonly kind: "stored";
      readonly deliveries: readonly FannedOutDelivery[];
      /**
       * `done` if all deliveries exist. Otherwise `fanOut` creates them, because the commit was
       * full (`open`) or because the org has too many endpoints for any commit (`wide`).
       */
      readonly fanOut: "done" | "open" | "wide";
    }
  /**
   * The event was not stored, because another event of an `allOrNothing` request failed or because
   * its key was in use and then released.
   */
  | { readonly kind: "not_stored" }
  /**
   * The key was already used for the same request. Nothing is stored, and `eventId` is the event of
   * that request.
   */
  | { readonly kind: "duplicate"; readonly eventId: string }
  /** The key or external id was already used for another request. Nothing is stored. */
  | { readonly kind: "key_reused"; readonly isExternalId: boolean };

export interface ClaimRequest {
  readonly atMs: number;
  readonly lease: Lease;
  readonly deliveriesMax: number;
  /** The maximum number of deliveries for one endpoint. */
  readonly perEndpointMax: number;
  /**
   * Endpoints that can take fewer than `perEndpointMax` deliveries now, and how many they can take.
   * 0 means none.
   */
  readonly freePlaces: ReadonlyMap<string, number>;
  /** The orgs to skip. */
  readonly fullOrgIds: readonly string[];
  /**
   * The sessions of terminals that are connected to the caller. Deliveries of an endpoint with the
   * destination `cli` are leased only for its current session.
   */
  readonly sessionIds: readonly string[];
}

export interface Claimed {
  readonly deliveries: readonly LeasedDelivery[];
  /**
   * Deliveries that were leased as well but cannot be read, so they can only become dead letters.
   */
  readonly unreadable: readonly UnreadableDelivery[];
  /** True if the result was truncated, so more may be due. */
  readonly isCut: boolean;
}

/** A leased delivery with everything that its next attempt needs. */
export interface LeasedDelivery {
  readonly id: string;
  readonly event: PublishedEvent;
  readonly endpointId: string;
  readonly endpointVersion: number;
  readonly lease: Lease;
  /** The number of attempts so far. The next attempt has the next number. */
  readonly attempts: number;
  readonly attemptsBeforeRound: number;
}

/** A leased delivery that can never be sent, because its row or its event's row cannot be read. */
export interface UnreadableDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly lease: Lease;
  readonly attempts: number;
  /** One sentence that says why, for the attempt's details and for the log. */
  readonly reason: string;
}

/** `schedule`: the first attempt or an automatic retry. `manual`: requested by retry or replay. */
export type AttemptTrigger = "schedule" | "manual";

export interface AttemptRecord {
  readonly atMs: number;
  readonly durationMs: number;
  readonly responseStatus: number | null;
  /** An `ExchangeErrorClass`, or null if there was a usable response. */
  readonly error: string | null;
  readonly trigger: AttemptTrigger;
  /**
   * Details that are only shown, as JSON: error_message, response_headers, response_body,
   * remote_address, resent.
   */
  readonly exchangeJson: string | null;
}

/** The outcome of one attempt, written together with the delivery's new state. */
export interface Settlement {
  readonly deliveryId: string;
  readonly leaseId: string;
  /** The attempt's number, starting with 1. */
  readonly number: number;
  readonly status: DeliveryStatus;
  /** When the next attempt is due; null unless `status` is pending. */
  readonly dueAtMs: number | null;
  /**
   * When `dueAtMs` was decided, by the same clock. The store adds the time from then until its
   * write, because the node's clock may jump in between. Default: the time of the write.
   */
  readonly decidedAtMs?: number;
  readonly attempt: AttemptRecord;
  /** If set, turns the endpoint off and publishes the operational event in the same transaction. */
  readonly turnEndpointOff: TurnOff | null;
}

export interface LeaseHandle {
  readonly deliveryId: string;
  readonly leaseId: string;
}

export interface Heartbeat {
  readonly nodeId: string;
  readonly atMs: number;
  /** Nodes whose last heartbeat is not older than this count as running. */
  readonly sinceMs: number;
  /**
   * Whether the node's session has its lock. Without the lock, other nodes consider the node dead.
   */
  readonly holdsLock: boolean;
}

export interface TakenOver {
  /** The id of the dead node. */
  readonly nodeId: string;
  /** The number of deliveries that became due. */
  readonly deliveries: number;
}

export interface ReapRequest {
  readonly atMs: number;
  /** The reaper may release expired leases of deliveries that were published before this time. */
  readonly leasesGrantedBeforeMs: number;
}

export interface ExpireRequest {
  readonly atMs: number;
  /** Drops weeks of events, with their data, that ended before this time. */
  readonly payloadsBeforeMs: number;
  /** Keeps weeks that end later than this while a retry to an active endpoint needs them. */
  readonly retriedSinceMs: number;
  /** Drops weeks of deliveries and attempts that ended before this time. */
  readonly ledgerBeforeMs: number;
  /** Deletes audit entries that are older than this. */
  readonly auditBeforeMs: number;
}

export interface ExpireOutcome {
  /** How many pending deliveries were cancelled because their data expired. */
  readonly cancelled: number;
  /** How many weekly partitions of events, deliveries and attempts were dropped. */
  readonly weeksDropped: number;
  /** How many audit entries were deleted. 0 in a store without an audit. */
  readonly auditEntriesRemoved: number;
}

/**
 * Part of the data cannot be stored, so nothing was stored. The cause is the store's own error, and
 * its message is for the caller.
 */
export class UnstorableError extends Error {
  override readonly name = "UnstorableError";

  constructor(cause: unknown) {
    super("The data cannot be stored.", { cause });
  }
}

/** Nothing was stored, because an open transaction locks the org's row or an idempotency key. */
export class BlockedError extends Error {
  override readonly name = "BlockedError";

  constructor(cause: unknown) {
    super("Another transaction holds a lock that the events need.", { cause });
  }
}

export type ChangeOutcome =
  | "changed"
  | "not_found"
  | "in_flight"
  | "refused"
  | "endpoint_gone"
  | "payload_expired";

export interface WaitingWork {
  /**
   * The time until a claim may find a due delivery: 0 if it may find one now, null if no delivery
   * waits. It may be too early, e.g. if the delivery's queue is full, but never too late.
   */
  readonly dueInMs: number | null;
  readonly hasFanOuts: boolean;
  readonly hasReplays: boolean;
  readonly hasErasures: boolean;
  /** Whether there are endpoints whose destination is a terminal, or answers of terminals. */
  readonly hasTerminals: boolean;
  /** Whether other nodes are running, or died recently. */
  readonly hasOtherNodes: boolean;
}

export interface Store {
  /**
   * Stores events and their deliveries in one transaction. The outcomes are in the order of
   * `events`.
   *
   * @throws UnstorableError
   */
  publish(request: PublishRequest): Promise<readonly PublishOutcome[]>;

  /**
   * @returns the next org after `afterOrgId` with work for `fanOut`, or null. After the last org,
   * it starts again with the first.
   */
  nextFanOut(afterOrgId: string | null, atMs: number): Promise<string | null>;

  /**
   * Creates deliveries for events that `publish` stored without them, oldest event first. They go
   * to the endpoints that matched when the event was stored, ordered by id, and are due
   * immediately. Two callers never create the same deliveries.
   * A delivery that cannot be created is tried again later, and holds back no other.
   * @returns null if nothing is left to do now, or if other callers are doing the work.
   */
  fanOut(orgId: string, deliveriesMax: number, atMs: number): Promise<FanOutStep | null>;

  /**
   * Returns which kinds of work are waiting. A node polls this method, and calls the others only if
   * there is work for them.
   *
   * @param nodeId the node that calls.
   * @param atMs the node's time, for a store without a clock of its own.
   */
  waitingWork(nodeId: string, atMs: number): Promise<WaitingWork>;

  /**
   * Leases due deliveries of active endpoints fairly: every endpoint with due deliveries gets its
   * first one before any gets its second. Two callers never get the same delivery.
   */
  claim(request: ClaimRequest): Promise<Claimed>;

  /**
   * Writes attempts and new states in one transaction, each only if its lease is still valid. To
   * write the same settlement again succeeds and changes nothing.
   * @returns the ids whose lease was lost; nothing was written for these.
   * @throws UnstorableError if a settlement cannot be stored; no settlement was written in that
   * case.
   */
  settle(settlements: readonly Settlement[], atMs: number): Promise<ReadonlySet<string>>;

  /** Gives back unused leases: the deliveries become due immediately. Ignores lost leases. */
  release(leases: readonly LeaseHandle[], atMs: number): Promise<void>;

  /**
   * Makes deliveries due that were leased by their publish and whose lease has expired. Claimed
   * deliveries need no reaper, because they are due again when their lease ends. Also cancels
   * pending deliveries of deleted endpoints.
   *
   * @returns the number of deliveries that became due.
   */
  reap(request: ReapRequest): Promise<number>;

  /**
   * Drops weeks whose retention period is over. A week starts on Monday in UTC, and the time of an
   * event's id counts. First cancels the pending deliveries of a week whose events are dropped. A
   * week with an attempt in progress stays until a later call. Only one concurrent caller does the
   * work.
   */
  expire(request: ExpireRequest): Promise<ExpireOutcome>;

  /**
   * Records that a node is running.
   * @returns the number of running nodes, including this one.
   */
  heartbeat(beat: Heartbeat): Promise<number>;

  /** Records that a node has stopped and given back its leases. */
  leave(nodeId: string): Promise<void>;

  /**
   * Makes the leased deliveries of dead nodes due. A node is dead if its lock is free and its
   * heartbeat is late. A delivery that was taken over twice within a minute keeps its lease.
   *
   * @param nodeId the node that calls.
   * @param lateAfterMs the minimum age of a dead node's last heartbeat.
   * @returns the dead nodes.
   */
  takeOver(nodeId: string, lateAfterMs: number): Promise<readonly TakenOver[]>;

  /**
   * The same for one node whose process has certainly ended, without a check of its lock and
   * heartbeat.
   * @returns the number of deliveries that became due.
   */
  takeOverFrom(deadNodeId: string): Promise<number>;

  /** The current state of endpoints; deleted endpoints and unknown ids are missing. */
  endpoints(ids: readonly string[]): Promise<readonly Endpoint[]>;

  /**
   * Starts a new round of the schedule immediately, from any status, but not while an attempt is in
   * progress. If the store has an audit, the entry says who requested it.
   */
  requeue(deliveryId: string, atMs: number, by: Actor): Promise<ChangeOutcome>;

  /**
   * Cancels a pending delivery, but not while an attempt is in progress. `by` has the same meaning
   * as in `requeue`.
   */
  cancel(deliveryId: string, atMs: number, by: Actor): Promise<ChangeOutcome>;
}
