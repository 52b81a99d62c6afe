/**
 * Publish: the API responds only after a commit. One statement stores the event and a delivery for
 * each matching endpoint. Concurrent publishes share a commit.
 */
import { PosthornError } from "../../errors/catalogue.ts";
import { aboutElement, withPlace, type Place } from "../../errors/element.ts";
import { limits } from "../../limits.ts";
import { contentHash, isSameContent, type EventContent } from "../../model/event-content.ts";
import { eventKeyName, eventKeysOf, type EventKey } from "../../model/event-keys.ts";
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
  /** The platform's text for the org. Null or undefined if it is `orgId`. */
  readonly orgExternalId?: string | null;
  readonly type: string;
  /** When the event happened; null if it happens now. */
  readonly timestampMs: number | null;
  /**
   * The data exactly as it will be sent. It stays text: thousands of events may wait for a commit,
   * and parsed objects would burden the garbage collector.
   */
  readonly dataJson: string;
  readonly idempotencyKey: string | null;
  /** The publisher's own id of the event. Null or undefined if it has none. */
  readonly externalId?: string | null;
  /** For a test event: the only endpoint that gets it, whatever its event types. Otherwise null. */
  readonly onlyEndpointId: string | null;
  /** True only for the events of the prober. Nobody else may publish the probe's type. */
  readonly isProbe?: true;
  /** Checked. Null or undefined: none. */
  readonly channels?: readonly string[] | null;
  readonly tags?: readonly string[] | null;
}

export interface PublishResult {
  readonly eventId: string;
  /**
   * True if an event with the same idempotency key or external id, and the same content, already
   * exists. Nothing was stored.
   */
  readonly duplicate: boolean;
}

/** The part of the event type catalogue that publishing needs. */
export interface EventTypeChecker {
  /**
   * Returns a promise to await before `check`, or null if the type is cached. `load` is separate
   * from `check`, so that most events need no promise.
   */
  load(type: string): Promise<void> | null;
  /**
   * @returns how the data violates the schema, if the type's schema_check is warn; otherwise null.
   * @throws PosthornError `PH_EVENT_TYPE_UNKNOWN`, `PH_EVENT_DATA_INVALID`,
   * `PH_EVENT_CHECK_TOO_LONG`, `PH_EVENT_CHECKS_REST`.
   */
  check(
    event: Pick<EventToPublish, "orgId" | "type" | "dataJson" | "onlyEndpointId" | "isProbe">,
  ): string | null;
  /** The feature flag that an org needs to see the type. Null or undefined: none. */
  featureFlagOf?(type: string): string | null | undefined;
}

export interface PublisherOptions {
  readonly store: Pick<Store, "publish">;
  readonly clock: Clock;
  readonly random: Random;
  readonly eventTypes: EventTypeChecker;
  readonly leaseMs: number;
  /** How many deliveries a commit creates. */
  readonly fanOut: FanOutBounds;
  /** Called after a commit if some of its deliveries must be created in the background. */
  onFanOutOpen(): void;
  /** Default: `limits.publishBytesWaitingMax`. */
  readonly bytesWaitingMax?: number;
  readonly nodeId: string;
  /**
   * The ids of endpoints and orgs whose deliveries do not fit into this node's memory; null if no
   * delivery fits.
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
  readonly onDue?: () => void;
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
   * `PH_IDEMPOTENCY_KEY_IN_FLIGHT`, `PH_EXTERNAL_ID_REUSED`, `PH_EXTERNAL_ID_IN_FLIGHT`,
   * `PH_OVERLOADED`, `PH_PUBLISH_BLOCKED`. After any other error,
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
      const count = events.length;
      const prepared = events.map((event, index) =>
        aboutElement({ index, count }, () => this.#prepare(event)),
      );
      const { call, places } = withoutRepeats(prepared);
      const placeOf = (at: number): Place => ({ index: places?.indexOf(at) ?? at, count });
      keys = this.#enterKeys(call, placeOf);
      // A call with a key may fail because of that key, so it is stored alone and does not fail the
      // other calls.
      const alone = call.length > 1 && keys.length > 0;
      const outcomes = await (alone
        ? this.#store(call, true, limits.publishApartLockWaitMs)
        : this.#commits.store(call, this.#sizes.costOf(call)));
      const results = resultsOf(call, outcomes, placeOf);
      return places === null ? results : asGiven(results, places);
    } catch (error) {
      // Returns PostgreSQL's own message, because it names the value that cannot be stored.
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
      orgExternalId: event.orgExternalId ?? null,
      type: event.type,
      timestampMs: event.timestampMs ?? nowMs,
      givenTimestampMs: event.timestampMs,
      dataJson: event.dataJson,
      idempotencyKey: event.idempotencyKey,
      externalId: event.externalId ?? null,
      requestHash: eventKeysOf(event).length === 0 ? null : contentHash(contentOf(event)),
      schemaWarning,
      onlyEndpointId: event.onlyEndpointId,
      channels: event.channels ?? null,
      tags: event.tags ?? null,
      featureFlag: this.#options.eventTypes.featureFlagOf?.(event.type) ?? null,
    };
  }

  #enterKeys(call: Call, placeOf: PlaceOf): readonly string[] {
    if (call.every(hasNoKey)) return noKeys;
    const entered: string[] = [];
    for (const [at, event] of call.entries()) {
      for (const key of eventKeysOf(event)) {
        const name = eventKeyName(event.orgId, key);
        if (this.#keysInFlight.has(name)) {
          for (const each of entered) this.#keysInFlight.delete(each);
          throw withPlace(inFlight(key), placeOf(at));
        }
        this.#keysInFlight.add(name);
        entered.push(name);
      }
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
    if (hasDue(events, outcomes, request.spilledIds)) this.#options.onDue?.();
    return outcomes;
  }
}

const noKeys: readonly string[] = [];

/** Returns where the request has the event at this index of the call. */
type PlaceOf = (at: number) => Place;

function hasNoKey(event: NewEvent): boolean {
  return eventKeysOf(event).length === 0;
}

function inFlight({ text, isExternalId }: EventKey): PosthornError {
  return isExternalId
    ? new PosthornError("PH_EXTERNAL_ID_IN_FLIGHT", { id: text }, { retryAfterSeconds: 1 })
    : new PosthornError("PH_IDEMPOTENCY_KEY_IN_FLIGHT", { key: text }, { retryAfterSeconds: 1 });
}

function reused(event: NewEvent, isExternalId: boolean, details?: string): PosthornError {
  const more = details === undefined ? {} : { details };
  return isExternalId
    ? new PosthornError("PH_EXTERNAL_ID_REUSED", { id: event.externalId ?? null }, more)
    : new PosthornError("PH_IDEMPOTENCY_KEY_REUSED", { key: event.idempotencyKey }, more);
}

interface Distinct {
  readonly call: Call;
  /** Maps each position in the input to its position in `call`; null if all positions are equal. */
  readonly places: readonly number[] | null;
}

/**
 * Keeps one event per idempotency key and external id, so that an event that occurs twice in a call
 * is stored once.
 *
 * @throws PosthornError `PH_IDEMPOTENCY_KEY_REUSED`, `PH_EXTERNAL_ID_REUSED` if two different
 * events have the same key or id.
 */
function withoutRepeats(given: Call): Distinct {
  if (given.length === 1 || given.every(hasNoKey)) return { call: given, places: null };
  const placeOfKey = new Map<string, number>();
  const call: NewEvent[] = [];
  const places = given.map((event, index) => {
    let first: number | undefined;
    for (const key of eventKeysOf(event)) {
      const place = placeOfKey.get(eventKeyName(event.orgId, key));
      if (place === undefined) continue;
      const earlier = call[place];
      if (earlier === undefined || !isSameContent(earlier, event)) {
        const what = key.isExternalId ? "id" : "key";
        const details = `Two different events in this request have this ${what}.`;
        const error = reused(event, key.isExternalId, details);
        throw withPlace(error, { index, count: given.length });
      }
      first ??= place;
    }
    if (first !== undefined) return first;
    for (const key of eventKeysOf(event)) {
      placeOfKey.set(eventKeyName(event.orgId, key), call.length);
    }
    return call.push(event) - 1;
  });
  return { call, places };
}

function contentOf(event: EventToPublish): EventContent {
  const { type, timestampMs, dataJson, externalId, channels, tags } = event;
  return { type, givenTimestampMs: timestampMs, dataJson, externalId, channels, tags };
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
  const spilled = new Set(spilledIds);
  return outcomes.some(
    (outcome, index) =>
      outcome.kind === "stored" &&
      !spilled.has(events[index]?.orgId ?? "") &&
      outcome.deliveries.some(({ leased, endpointId }) => !leased && !spilled.has(endpointId)),
  );
}

/** @throws PosthornError `PH_IDEMPOTENCY_KEY_…`, `PH_EXTERNAL_ID_…`: `REUSED`, `IN_FLIGHT` */
function resultsOf(
  call: Call,
  outcomes: readonly PublishOutcome[],
  placeOf: PlaceOf,
): readonly PublishResult[] {
  for (const [index, outcome] of outcomes.entries()) {
    const event = call[index];
    if (outcome.kind === "key_reused" && event !== undefined) {
      throw withPlace(reused(event, outcome.isExternalId), placeOf(index));
    }
  }
  return call.map((event, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind === "stored") return { eventId: event.id, duplicate: false };
    if (outcome?.kind === "duplicate") return { eventId: outcome.eventId, duplicate: true };
    if (outcome === undefined) {
      throw new Error("The store returned fewer outcomes than it got events.");
    }
    const [key] = eventKeysOf(event);
    if (key === undefined) throw new Error("The store did not store an event without keys.");
    throw withPlace(inFlight(key), placeOf(index));
  });
}
