/**
 * The pipeline's port to its storage. Each method is one atomic transition. `store.testsuite.ts`
 * states the requirements, and runs on each implementation.
 *
 * Times are milliseconds since the epoch and always parameters.
 */
import type { Actor } from "../model/audit.ts";
import type { DeliveryStatus } from "../model/delivery.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { PublishedEvent } from "../model/event.ts";
import type { TurnOff } from "../model/operational-event.ts";

export interface Lease {
  readonly id: string;
  readonly untilMs: number;
}

export interface NewEvent extends PublishedEvent {
  readonly idempotencyKey: string | null;
  /** Identifies the request behind the key: the same key with another hash is rejected. */
  readonly requestHash: Uint8Array | null;
  /** How the data violates its type's schema, if the type only warns. */
  readonly schemaWarning: string | null;
  /** For a test event: send it to this endpoint only, whatever its event types. Otherwise null. */
  readonly onlyEndpointId: string | null;
}

export interface PublishRequest {
  readonly events: readonly NewEvent[];
  readonly atMs: number;
  /** Null: every delivery becomes due for claiming. */
  readonly lease: Lease | null;
  /** Endpoints and orgs whose deliveries the caller cannot hold: these become due for claiming. */
  readonly spilledIds: readonly string[];
  /**
   * Orgs known to have too many endpoints for a commit: their events are fanned out in the
   * background.
   */
  readonly laterOrgIds: readonly string[];
  readonly fanOut: FanOutBounds;
  /** If one key was used for another request, store none of the events. */
  readonly allOrNothing: boolean;
  /** How long to wait for another transaction's lock. Default: the statement timeout. */
  readonly lockWaitMs?: number;
}

/** How many deliveries one commit creates; `fanOut` creates the rest. */
export interface FanOutBounds {
  /** An event of an org with more active endpoints waits for `fanOut`. */
  readonly endpointsMax: number;
  /** Events also wait for `fanOut` after the earlier ones have used up this many deliveries. */
  readonly deliveriesMax: number;
}

export interface FannedOutDelivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly endpointVersion: number;
  /** True if the caller holds the lease and sends it; false if it waits to be claimed. */
  readonly leased: boolean;
}

export type PublishOutcome =
  | {
      readonly kind: "stored";
      readonly deliveries: readonly FannedOutDelivery[];
      /**
       * `done` unless `fanOut` still has to create its deliveries: because the commit was full
       * (`open`), or because its org has too many endpoints for any commit (`wide`).
       */
      readonly fanOut: "done" | "open" | "wide";
    }
  /**
   * Not stored because another event of an `allOrNothing` request failed, or because its key was
   * taken and released meanwhile.
   */
  | { readonly kind: "not_stored" }
  /** The key was used before for the same request: nothing is stored, and this is that event. */
  | { readonly kind: "duplicate"; readonly eventId: string }
  /** The key was used before for another request: nothing is stored. */
  | { readonly kind: "key_reused" };

export interface ClaimRequest {
  readonly atMs: number;
  readonly lease: Lease;
  readonly deliveriesMax: number;
  /** At most this many for one endpoint. */
  readonly perEndpointMax: number;
  /** Endpoints that can take fewer than `perEndpointMax` now (0: none). */
  readonly freePlaces: ReadonlyMap<string, number>;
  /** Do not claim from these orgs. */
  readonly fullOrgIds: readonly string[];
}

export interface Claimed {
  readonly deliveries: readonly LeasedDelivery[];
  /** Leased too, but their rows cannot be read: they can only become dead letters. */
  readonly unreadable: readonly UnreadableDelivery[];
  /** True if a bound truncated the result: more may be due than was leased. */
  readonly isCut: boolean;
}

/** A leased delivery with everything that its next attempt needs. */
export interface LeasedDelivery {
  readonly id: string;
  readonly event: PublishedEvent;
  readonly endpointId: string;
  readonly endpointVersion: number;
  readonly lease: Lease;
  /** The total number of attempts so far; the next attempt has the next number. */
  readonly attempts: number;
  readonly attemptsBeforeRound: number;
}

/** A leased delivery that can never be sent, because its row or its event's row is broken. */
export interface UnreadableDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly lease: Lease;
  readonly attempts: number;
  /** One sentence for the attempt's details and the log. */
  readonly reason: string;
}

/** `schedule`: the first attempt or an automatic retry. `manual`: requested by retry or replay. */
export type AttemptTrigger = "schedule" | "manual";

export interface AttemptRecord {
  readonly atMs: number;
  readonly durationMs: number;
  readonly responseStatus: number | null;
  /** An `ExchangeErrorClass` if there was no usable response. */
  readonly error: string | null;
  readonly trigger: AttemptTrigger;
  /** Details to show: error_message, response_headers, response_body, remote_address, resent. */
  readonly exchangeJson: string | null;
}

/** The outcome of one attempt, written together with the delivery's new state. */
export interface Settlement {
  readonly deliveryId: string;
  readonly leaseId: string;
  /** The attempt's number, from 1. */
  readonly number: number;
  readonly status: DeliveryStatus;
  /** When the next attempt is due; null unless `status` is pending. */
  readonly dueAtMs: number | null;
  /**
   * When `dueAtMs` was decided, by the same clock. The store adds the difference to the time of its
   * write, because the node's clock may have jumped in between. Without it, the time of the write
   * counts as the time of the decision.
   */
  readonly decidedAtMs?: number;
  readonly attempt: AttemptRecord;
  /** Turns the endpoint off and publishes the operational event, in the same transaction. */
  readonly turnEndpointOff: TurnOff | null;
}

export interface LeaseHandle {
  readonly deliveryId: string;
  readonly leaseId: string;
}

export interface Heartbeat {
  readonly nodeId: string;
  readonly atMs: number;
  /** Nodes with a heartbeat since then count as running. */
  readonly sinceMs: number;
  /** Whether the node's session holds its lock. A lost lock means that the node is gone. */
  readonly holdsLock: boolean;
}

export interface TakenOver {
  /** The dead node. */
  readonly nodeId: string;
  /** The number of deliveries that became due. */
  readonly deliveries: number;
}

export interface ReapRequest {
  readonly atMs: number;
  /** Expired leases of deliveries published before this time may be released. */
  readonly leasesGrantedBeforeMs: number;
}

export interface ExpireRequest {
  readonly atMs: number;
  /** Drops the events, with their data, of weeks that ended before this. */
  readonly payloadsBeforeMs: number;
  /** Drops the deliveries and attempts of weeks that ended before this. */
  readonly ledgerBeforeMs: number;
  /** Deletes audit entries older than this. */
  readonly auditBeforeMs: number;
}

export interface ExpireOutcome {
  /** Pending deliveries that can no longer be sent. */
  readonly cancelled: number;
  /** Dropped weeks, counted separately for events, deliveries and attempts. */
  readonly weeksDropped: number;
  /** Audit entries; 0 in a store without an audit. */
  readonly auditEntriesRemoved: number;
}

/**
 * Part of the data cannot be stored, so nothing was stored. The cause is the store's own error,
 * whose message is for the caller.
 */
export class UnstorableError extends Error {
  override readonly name = "UnstorableError";

  constructor(cause: unknown) {
    super("The data cannot be stored.", { cause });
  }
}

/** Nothing was stored: an open transaction locks the org's row, or one of the idempotency keys. */
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

export interface Store {
  /**
   * Stores events and their deliveries in one transaction. The outcomes are in the order of
   * `events`.
   *
   * @throws UnstorableError
   */
  publish(request: PublishRequest): Promise<readonly PublishOutcome[]>;

  /** @returns the next org after `afterOrgId`, cyclically, with an unfinished fan-out; or null. */
  nextFanOut(afterOrgId: string | null): Promise<string | null>;

  /**
   * Creates deliveries of an org's events that `publish` stored without them, oldest event first:
   * for the endpoints that matched when it was stored, in the order of their ids. They are due
   * immediately. Two callers never create the same deliveries.
   *
   * @returns the number of created deliveries; null if nothing is left, or other callers work on
   * it.
   */
  fanOut(orgId: string, deliveriesMax: number, atMs: number): Promise<number | null>;

  /**
   * Leases due deliveries of active endpoints, fairly: every endpoint with due work gets its first
   * delivery before any gets its second. Two callers never get the same delivery.
   */
  claim(request: ClaimRequest): Promise<Claimed>;

  /**
   * Writes attempts and new states in one transaction, each fenced by its lease. Writing the same
   * settlement again is recognised, and succeeds.
   *
   * @returns the ids whose lease was lost: nothing was written for those.
   * @throws UnstorableError if one of them cannot be stored: then none of them was.
   */
  settle(settlements: readonly Settlement[], atMs: number): Promise<ReadonlySet<string>>;

  /** Gives leases back unused: the deliveries are due immediately. Ignores lost leases. */
  release(leases: readonly LeaseHandle[], atMs: number): Promise<void>;

  /**
   * Finds deliveries that were leased at their publish and whose lease expired, and makes them due.
   * A claimed delivery needs no reaper: it is due again when its lease ends. Also cancels pending
   * deliveries of deleted endpoints.
   *
   * @returns the number of deliveries that became due.
   */
  reap(request: ReapRequest): Promise<number>;

  /**
   * Drops weeks (from Monday, in UTC, by the time of an event's id) that ended longer ago than
   * their retention period. First cancels pending deliveries in a week whose events are dropped. A
   * week with a running attempt waits for the next call. Only one concurrent caller does the work.
   */
  expire(request: ExpireRequest): Promise<ExpireOutcome>;

  /** Records that a node is running. @returns the number of running nodes, including this one. */
  heartbeat(beat: Heartbeat): Promise<number>;

  /** A node has stopped and given its leases back. */
  leave(nodeId: string): Promise<void>;

  /**
   * Makes the leased deliveries of dead nodes due. A node is dead when its lock is free and its
   * heartbeat is late. A delivery that was taken over twice within a minute keeps its lease.
   *
   * @param nodeId the node that asks.
   * @param lateAfterMs the minimum age of a dead node's last heartbeat.
   * @returns the nodes that were found dead.
   */
  takeOver(nodeId: string, lateAfterMs: number): Promise<readonly TakenOver[]>;

  /**
   * The same for one node, for a caller that knows that its process has ended: neither its lock nor
   * its heartbeat is looked at.
   *
   * @returns how many deliveries became due.
   */
  takeOverFrom(deadNodeId: string): Promise<number>;

  /** The present state of endpoints that are not deleted; unknown ids are missing in the answer. */
  endpoints(ids: readonly string[]): Promise<readonly Endpoint[]>;

  /**
   * Starts a new round of the schedule immediately, from any status; not while an attempt runs. The
   * audit entry names who requested it, if the store has an audit.
   */
  requeue(deliveryId: string, atMs: number, by: Actor): Promise<ChangeOutcome>;

  /** Cancels a pending delivery; not while an attempt runs. `by` as in `requeue`. */
  cancel(deliveryId: string, atMs: number, by: Actor): Promise<ChangeOutcome>;
}
