/**
 * The pipeline's port to its storage. Each method is a whole transition, done entirely or not at
 * all; `store.testsuite.ts` states what every implementation must do, and runs on each of them.
 *
 * Times are milliseconds since the epoch and always come in as parameters.
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
  /** Identifies what the key stands for: the same key with another hash is refused. */
  readonly requestHash: Uint8Array | null;
  /** Why the data breaks its type's schema, where the type only warns. */
  readonly schemaWarning: string | null;
  /** A test event: goes to this endpoint alone, whatever types it wants. Null for all others. */
  readonly onlyEndpointId: string | null;
}

export interface PublishRequest {
  readonly events: readonly NewEvent[];
  readonly atMs: number;
  /** Null: every delivery becomes due for claiming. */
  readonly lease: Lease | null;
  /** Endpoints and orgs whose deliveries the caller cannot hold: these become due for claiming. */
  readonly spilledIds: readonly string[];
  /** Orgs known to have too many endpoints for a commit: theirs is fanned out in the background. */
  readonly laterOrgIds: readonly string[];
  readonly fanOut: FanOutBounds;
  /** If one key was used for another request, store none of the events. */
  readonly allOrNothing: boolean;
  /** How long to wait for what another transaction holds; else as long as a statement may take. */
  readonly lockWaitMs?: number;
}

/** What one commit does at once; deliveries beyond it are created by `fanOut`. */
export interface FanOutBounds {
  /** An event of an org with more active endpoints waits for `fanOut`. */
  readonly endpointsMax: number;
  /** And so do the events after those that have used up so many deliveries. */
  readonly deliveriesMax: number;
}

export interface FannedOutDelivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly endpointVersion: number;
  /** True if the caller holds the lease and sends; false if it waits to be claimed. */
  readonly leased: boolean;
}

export type PublishOutcome =
  | {
      readonly kind: "stored";
      readonly deliveries: readonly FannedOutDelivery[];
      /**
       * `done` unless its deliveries are still to be created, by `fanOut`: because the commit was
       * full (`open`), or its org has too many endpoints for any commit (`wide`).
       */
      readonly fanOut: "done" | "open" | "wide";
    }
  /**
   * Not stored because of another event of an `allOrNothing` request, or because its key was taken
   * and given up meanwhile.
   */
  | { readonly kind: "not_stored" }
  /** The key was used before for the same request: nothing stored, this is the first's event. */
  | { readonly kind: "duplicate"; readonly eventId: string }
  /** The key was used before for another request: nothing stored. */
  | { readonly kind: "key_reused" };

export interface ClaimRequest {
  readonly atMs: number;
  readonly lease: Lease;
  readonly deliveriesMax: number;
  /** At most this many for one endpoint. */
  readonly perEndpointMax: number;
  /** Endpoints that can take fewer than `perEndpointMax` now (0: none at all). */
  readonly freePlaces: ReadonlyMap<string, number>;
  /** Nothing of these orgs. */
  readonly fullOrgIds: readonly string[];
}

export interface Claimed {
  readonly deliveries: readonly LeasedDelivery[];
  /** Leased with them, but their rows cannot be read: they can only become dead letters. */
  readonly unreadable: readonly UnreadableDelivery[];
  /** True if a bound cut it short: more may be due than was leased. */
  readonly isCut: boolean;
}

/** A delivery under lease, with all that its next attempt needs. */
export interface LeasedDelivery {
  readonly id: string;
  readonly event: PublishedEvent;
  readonly endpointId: string;
  readonly endpointVersion: number;
  readonly lease: Lease;
  /** Attempts made so far in all; the next one's number is one more. */
  readonly attempts: number;
  readonly attemptsBeforeRound: number;
}

/** A delivery under lease that can never be sent, because its row or its event's is broken. */
export interface UnreadableDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly lease: Lease;
  readonly attempts: number;
  /** One sentence for the attempt's details and the log. */
  readonly reason: string;
}

/** `schedule`: the first attempt or an automatic retry. `manual`: asked for by retry or replay. */
export type AttemptTrigger = "schedule" | "manual";

export interface AttemptRecord {
  readonly atMs: number;
  readonly durationMs: number;
  readonly responseStatus: number | null;
  /** An `ExchangeErrorClass` where no usable response came. */
  readonly error: string | null;
  readonly trigger: AttemptTrigger;
  /** Details to show: error_message, response_headers, response_body, remote_address, resent. */
  readonly exchangeJson: string | null;
}

/** The outcome of one attempt, to be written with the delivery's new state. */
export interface Settlement {
  readonly deliveryId: string;
  readonly leaseId: string;
  /** The attempt's number, from 1. */
  readonly number: number;
  readonly status: DeliveryStatus;
  /** When the next attempt is due; null unless `status` is pending. */
  readonly dueAtMs: number | null;
  /**
   * When `dueAtMs` was decided, by the same clock. The store counts the delay between the two from
   * the time of its write, because the node's clock may have stepped in between. Without it the
   * time of the write counts as the time of the decision.
   */
  readonly decidedAtMs?: number;
  readonly attempt: AttemptRecord;
  /** Turns the endpoint off, and tells who wants to know, in the same transaction. */
  readonly turnEndpointOff: TurnOff | null;
}

export interface LeaseHandle {
  readonly deliveryId: string;
  readonly leaseId: string;
}

export interface Heartbeat {
  readonly nodeId: string;
  readonly atMs: number;
  /** Nodes that were heard of since then count as running. */
  readonly sinceMs: number;
  /** Whether the node's session holds its lock, whose loss says that the node is gone. */
  readonly holdsLock: boolean;
}

export interface TakenOver {
  /** The node that is dead. */
  readonly nodeId: string;
  /** How many deliveries became due. */
  readonly deliveries: number;
}

export interface ReapRequest {
  readonly atMs: number;
  /** Leases of deliveries published before this moment may be given up if they have expired. */
  readonly leasesGrantedBeforeMs: number;
}

export interface ExpireRequest {
  readonly atMs: number;
  /** A week that ended before this loses its events, with their data. */
  readonly payloadsBeforeMs: number;
  /** A week that ended before this loses its deliveries and attempts. */
  readonly ledgerBeforeMs: number;
  /** Entries of the audit that are older than this go. */
  readonly auditBeforeMs: number;
}

export interface ExpireOutcome {
  /** Pending deliveries that can be sent no more. */
  readonly cancelled: number;
  /** Weeks dropped: of events, of deliveries and of attempts, each counted by itself. */
  readonly weeksDropped: number;
  /** Entries of the audit; none in a store that keeps no audit. */
  readonly auditEntriesRemoved: number;
}

/**
 * Something in the given data cannot be stored, and nothing was. The store's own error, whose
 * words are for the caller, is the cause.
 */
export class UnstorableError extends Error {
  override readonly name = "UnstorableError";

  constructor(cause: unknown) {
    super("The data cannot be stored.", { cause });
  }
}

/** Nothing was stored: an open transaction holds the org's row, or one of the idempotency keys. */
export class BlockedError extends Error {
  override readonly name = "BlockedError";

  constructor(cause: unknown) {
    super("Another transaction holds what the events need.", { cause });
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
   * Stores events and their deliveries in one transaction. Outcomes in the order of `events`.
   *
   * @throws UnstorableError
   */
  publish(request: PublishRequest): Promise<readonly PublishOutcome[]>;

  /** @returns the next org after `afterOrgId`, in a circle, with an unfinished fan-out; or null. */
  nextFanOut(afterOrgId: string | null): Promise<string | null>;

  /**
   * Creates some of the deliveries of an org's events that `publish` stored without them, the
   * oldest event first: for the endpoints that wanted it when it was stored, in the order of their
   * ids. They are due at once. Two callers never create the same ones.
   *
   * @returns how many it created; null if nothing is left, or other callers are at all of it.
   */
  fanOut(orgId: string, deliveriesMax: number, atMs: number): Promise<number | null>;

  /**
   * Leases deliveries that are due, of active endpoints only, fairly: every endpoint with due
   * work gets its first before any gets its second. Two callers never get the same delivery.
   */
  claim(request: ClaimRequest): Promise<Claimed>;

  /**
   * Writes attempts and new states in one transaction, each fenced by its lease.
   * Writing the same settlement again is recognised, and is a success.
   *
   * @returns the ids whose lease was lost: nothing was written for those.
   * @throws UnstorableError if one of them cannot be stored: then none of them was.
   */
  settle(settlements: readonly Settlement[], atMs: number): Promise<ReadonlySet<string>>;

  /** Gives leases back unused: the deliveries are due at once. Lost leases are passed over. */
  release(leases: readonly LeaseHandle[], atMs: number): Promise<void>;

  /**
   * Finds deliveries that were leased when published and whose lease ran out, and makes them due.
   * (A claimed delivery needs no reaper: it is due again when its lease ends.) Also cancels what
   * still waits for deleted endpoints.
   *
   * @returns how many became due.
   */
  reap(request: ReapRequest): Promise<number>;

  /**
   * Drops weeks (from Monday, in UTC, by the time of an event's id) that are over for longer than
   * their period. Deliveries that still wait in a week whose events go are cancelled first; a week
   * with an attempt under way waits for the next call. Of several callers one does the work.
   */
  expire(request: ExpireRequest): Promise<ExpireOutcome>;

  /** Records that a node is running. @returns how many are, this one included. */
  heartbeat(beat: Heartbeat): Promise<number>;

  /** A node has stopped, and has given its leases back. */
  leave(nodeId: string): Promise<void>;

  /**
   * Makes due what dead nodes had leased. A node is dead when both its lock is free and its
   * heartbeat is late; a delivery that was taken over twice within a minute keeps its lease.
   *
   * @param nodeId the node that asks.
   * @param lateAfterMs how old the last heartbeat of a dead node is at least.
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
   * Starts a new round of the schedule at once, from any status; not while an attempt runs. Who
   * asked for it goes into the audit with it, where the store keeps one.
   */
  requeue(deliveryId: string, atMs: number, by: Actor): Promise<ChangeOutcome>;

  /** Ends a pending delivery; not while an attempt runs. `by` as in `requeue`. */
  cancel(deliveryId: string, atMs: number, by: Actor): Promise<ChangeOutcome>;
}
