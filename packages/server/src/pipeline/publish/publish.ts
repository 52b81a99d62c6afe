/**
 * Publish: the API responds only after the event and a delivery for each matching endpoint have
 * been committed. One statement does both. Concurrent publishes share a commit.
 */
import { hash } from "node:crypto";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { leaseId, uuidV7 } from "../../model/id.ts";
import {
  BlockedError,
  UnstorableError,
  type FanOutBounds,
  type Lease,
  type LeasedDelivery,
  type NewEvent,
  type PublishOutcome,
  type PublishRequest,
  type Store,
} from "../../store/store.ts";
import { Admission } from "./admission.ts";
import { Commits, type Call } from "./commits.ts";
import { FanOutSizes } from "./fan-out.ts";
import type { Clock, Random } from "../ports.ts";

export interface EventToPublish {
  readonly orgId: string;
  readonly type: string;
  /** When the event happened; null for now. */
  readonly timestampMs: number | null;
  /**
   * The data as it will be sent, byte for byte. It is not parsed: thousands of events may wait for
   * a commit, and parsed objects would burden the garbage collector.
   */
  readonly dataJson: string;
  readonly idempotencyKey: string | null;
  /** For a test event: the only endpoint that gets it, whatever its event types. Otherwise null. */
  readonly onlyEndpointId: string | null;
}

export interface PublishResult {
  readonly eventId: string;
  /**
   * True if an event with the same idempotency key and content already exists. Nothing was stored.
   */
  readonly duplicate: boolean;
}

/** The part of the event type catalogue that publishing needs. */
export interface EventTypeChecker {
  /**
   * A promise to await before `check`; null if the type is cached. It is separate from `check`, so
   * that most events need no promise.
   */
  load(type: string): Promise<void> | null;
  /**
   * @returns null, or how the data violates the schema of a type whose schema_check is warn.
   * @throws PosthornError `PH_EVENT_TYPE_UNKNOWN`, `PH_EVENT_DATA_INVALID`,
   * `PH_EVENT_CHECK_TOO_LONG`, `PH_EVENT_CHECKS_REST`.
   */
  check(
    event: Pick<EventToPublish, "orgId" | "type" | "dataJson" | "onlyEndpointId">,
  ): string | null;
}

export interface PublisherOptions {
  readonly store: Pick<Store, "publish">;
  readonly clock: Clock;
  readonly random: Random;
  readonly eventTypes: EventTypeChecker;
  readonly leaseMs: number;
  /** How many deliveries a commit creates. */
  readonly fanOut: FanOutBounds;
  /** Called if deliveries still have to be created in the background. */
  onFanOutOpen(): void;
  /** Default: `limits.publishBytesWaitingMax`. */
  readonly bytesWaitingMax?: number;
  readonly nodeId: string;
  /**
   * Endpoints and orgs whose deliveries do not fit into this node's memory; null if no delivery
   * fits.
   */
  spilledIds(): readonly string[] | null;
  /**
   * Queues deliveries that the commit leased to this node. `leasedAtMs` is on the monotonic clock.
   */
  accept(deliveries: readonly LeasedDelivery[], leasedAtMs: number): void;
  /**
   * Called if the commit created deliveries that a claim has to lease although there is room: those
   * to terminals, which may be connected to another node.
   */
  onDue(): void;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #commits: Commits;
  readonly #sizes: FanOutSizes;
  readonly #admission: Admission;
  readonly #keysInFlight = new Set<string>();

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#sizes = new FanOutSizes(options.clock);
    this.#admission = new Admission({
      eventsMax: limits.publishEventsWaitingMax,
      bytesMax: options.bytesWaitingMax ?? limits.publishBytesWaitingMax,
    });
    this.#commits = new Commits({
      clock: options.clock,
      store: (events, lockWaitMs) => this.#store(events, false, lockWaitMs),
    });
  }

  /**
   * Publishes all of `events` or none. The results are in the same order.
   *
   * @throws PosthornError `PH_EVENT_TYPE_UNKNOWN`, `PH_EVENT_DATA_INVALID`,
   * `PH_EVENT_CHECK_TOO_LONG`, `PH_EVENT_CHECKS_REST`, `PH_IDEMPOTENCY_KEY_REUSED`,
   * `PH_IDEMPOTENCY_KEY_IN_FLIGHT`, `PH_OVERLOADED`, `PH_PUBLISH_BLOCKED`. After any other error,
   * the events may or may not have been stored.
   */
  async publish(events: readonly EventToPublish[]): Promise<readonly PublishResult[]> {
    this.#admission.enter(events);
    let keys = noKeys;
    try {
      for (const { type } of events) {
        const loading = this.#options.eventTypes.load(type);
        if (loading !== null) await loading;
      }
      const { call, places } = withoutRepeats(events.map((event) => this.#prepare(event)));
      keys = this.#enterKeys(call);
      // A call that may fail because of one of its keys must not fail the other calls.
      const alone = call.length > 1 && keys.length > 0;
      const outcomes = await (alone
        ? this.#store(call, true, limits.publishApartLockWaitMs)
        : this.#commits.store(call, this.#sizes.costOf(call)));
      const results = resultsOf(call, outcomes);
      return places === null ? results : asGiven(results, places);
    } catch (error) {
      // Return PostgreSQL's own message, because it names the value that cannot be stored.
      if (error instanceof UnstorableError) throw error.cause;
      if (!(error instanceof BlockedError)) throw error;
      throw new PosthornError("PH_PUBLISH_BLOCKED", {}, { cause: error, retryAfterSeconds: 1 });
    } finally {
      for (const key of keys) this.#keysInFlight.delete(key);
      this.#admission.leave(events);
    }
  }

  /** Resolves when no publish is in progress. */
  idle(): Promise<void> {
    return this.#commits.idle();
  }

  #prepare(event: EventToPublish): NewEvent {
    const schemaWarning = this.#options.eventTypes.check(event);
    const nowMs = this.#options.clock.now();
    return {
      id: uuidV7(nowMs, this.#options.random.bytes(10)),
      orgId: event.orgId,
      type: event.type,
      timestampMs: event.timestampMs ?? nowMs,
      dataJson: event.dataJson,
      idempotencyKey: event.idempotencyKey,
      requestHash: event.idempotencyKey === null ? null : requestHash(event),
      schemaWarning,
      onlyEndpointId: event.onlyEndpointId,
    };
  }

  #enterKeys(call: Call): readonly string[] {
    if (call.every(({ idempotencyKey }) => idempotencyKey === null)) return noKeys;
    const entered: string[] = [];
    for (const { orgId, idempotencyKey } of call) {
      if (idempotencyKey === null) continue;
      const key = `${orgId} ${idempotencyKey}`;
      if (this.#keysInFlight.has(key)) {
        for (const each of entered) this.#keysInFlight.delete(each);
        throw new PosthornError("PH_IDEMPOTENCY_KEY_IN_FLIGHT", { key: idempotencyKey });
      }
      this.#keysInFlight.add(key);
      entered.push(key);
    }
    return entered;
  }

  async #store(
    events: Call,
    allOrNothing: boolean,
    lockWaitMs: number,
  ): Promise<readonly PublishOutcome[]> {
    const { clock, random, leaseMs, store } = this.#options;
    const atMs = clock.now();
    const spilled = this.#options.spilledIds();
    const lease: Lease | null =
      spilled === null
        ? null
        : { id: leaseId(this.#options.nodeId, random.bytes(8)), untilMs: atMs + leaseMs };
    const request: PublishRequest = {
      events,
      atMs,
      lease,
      spilledIds: spilled ?? [],
      laterOrgIds: this.#sizes.laterOrgIds(events),
      fanOut: this.#options.fanOut,
      allOrNothing,
      lockWaitMs,
    };
    const leasedAtMs = clock.monotonicMs();
    const outcomes = await store.publish(request);
    this.#sizes.learn(events, outcomes, request.laterOrgIds);
    const isOpen = outcomes.some((each) => each.kind === "stored" && each.fanOut !== "done");
    if (isOpen) this.#options.onFanOutOpen();
    if (lease !== null) {
      this.#options.accept(leasedDeliveries(events, outcomes, lease), leasedAtMs);
    }
    if (hasDue(events, outcomes, request.spilledIds)) this.#options.onDue();
    return outcomes;
  }
}

const noKeys: readonly string[] = [];

interface Distinct {
  readonly call: Call;
  /** Maps each input position to its position in `call`; null if all positions are equal. */
  readonly places: readonly number[] | null;
}

/**
 * Keeps one event per idempotency key, so that an event that occurs twice in a call is stored once.
 *
 * @throws PosthornError `PH_IDEMPOTENCY_KEY_REUSED` if two different events have the same key.
 */
function withoutRepeats(given: Call): Distinct {
  if (given.length === 1 || given.every(({ idempotencyKey }) => idempotencyKey === null)) {
    return { call: given, places: null };
  }
  const placeOfKey = new Map<string, number>();
  const call: NewEvent[] = [];
  const places = given.map((event) => {
    const key = event.idempotencyKey === null ? null : `${event.orgId} ${event.idempotencyKey}`;
    const first = key === null ? undefined : placeOfKey.get(key);
    if (first !== undefined) {
      if (isSameRequest(call[first], event)) return first;
      throw new PosthornError(
        "PH_IDEMPOTENCY_KEY_REUSED",
        { key: event.idempotencyKey },
        { details: "Two different events in this request have this key." },
      );
    }
    if (key !== null) placeOfKey.set(key, call.length);
    return call.push(event) - 1;
  });
  return { call, places };
}

function isSameRequest(one: NewEvent | undefined, other: NewEvent): boolean {
  const [a, b] = [one?.requestHash, other.requestHash];
  return a != null && b !== null && Buffer.compare(a, b) === 0;
}

/**
 * Returns the results in the order of the input. A repeated event gets the result of the first one.
 */
function asGiven(
  results: readonly PublishResult[],
  places: readonly number[],
): readonly PublishResult[] {
  const seen = new Set<number>();
  return places.map((place) => {
    const { eventId, duplicate } = results[place] as PublishResult;
    const isRepeated = seen.has(place);
    seen.add(place);
    return { eventId, duplicate: duplicate || isRepeated };
  });
}

function leasedDeliveries(
  events: Call,
  outcomes: readonly PublishOutcome[],
  lease: Lease,
): LeasedDelivery[] {
  const leased: LeasedDelivery[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind !== "stored") continue;
    const event = events[index] as NewEvent;
    for (const delivery of outcome.deliveries) {
      if (!delivery.leased) continue;
      leased.push({
        id: delivery.deliveryId,
        event,
        endpointId: delivery.endpointId,
        endpointVersion: delivery.endpointVersion,
        lease,
        attempts: 0,
        attemptsBeforeRound: 0,
      });
    }
  }
  return leased;
}

function hasDue(
  events: Call,
  outcomes: readonly PublishOutcome[],
  spilledIds: readonly string[],
): boolean {
  return outcomes.some(
    (outcome, index) =>
      outcome.kind === "stored" &&
      outcome.deliveries.some(
        ({ leased, endpointId }) =>
          !leased &&
          !spilledIds.includes(endpointId) &&
          !spilledIds.includes(events[index]?.orgId ?? ""),
      ),
  );
}

/** @throws PosthornError `PH_IDEMPOTENCY_KEY_REUSED`, `PH_IDEMPOTENCY_KEY_IN_FLIGHT` */
function resultsOf(call: Call, outcomes: readonly PublishOutcome[]): readonly PublishResult[] {
  const reused = call[outcomes.findIndex(({ kind }) => kind === "key_reused")];
  if (reused !== undefined) {
    throw new PosthornError("PH_IDEMPOTENCY_KEY_REUSED", { key: reused.idempotencyKey });
  }
  return call.map((event, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind === "stored") return { eventId: event.id, duplicate: false };
    if (outcome?.kind === "duplicate") return { eventId: outcome.eventId, duplicate: true };
    if (outcome === undefined) {
      throw new Error("The store returned fewer outcomes than it got events.");
    }
    throw new PosthornError("PH_IDEMPOTENCY_KEY_IN_FLIGHT", { key: event.idempotencyKey });
  });
}

/**
 * Identifies the content of an event for its idempotency key. The timestamp is included only if the
 * publisher set it.
 */
function requestHash(event: EventToPublish): Uint8Array {
  return hash("sha256", `${event.type}\n${event.timestampMs ?? ""}\n${event.dataJson}`, "buffer");
}
