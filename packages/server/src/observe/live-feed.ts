/**
 * Live updates: sends changes of deliveries to the current viewers. A viewer is often connected to
 * another node than the one that makes the attempt, and the nodes share only the database. So a
 * node with viewers sends a notification with the orgs that they watch. Nodes that make attempts
 * for these orgs send the results in another notification. Usually there are no viewers, and an
 * attempt only checks an empty map.
 */
import { apiTimestamp } from "../postgres/timestamp.ts";
import { limits } from "../limits.ts";
import { probeOrgId } from "../model/probe.ts";
import type { Clock, ObservedAttempt, Observer } from "../pipeline/ports.ts";
import type { OrgTextMap } from "../postgres/org-texts.ts";

/** A delivery as a viewer sees it after an attempt. */
export interface LiveDelivery {
  readonly id: string;
  readonly event_id: string;
  readonly endpoint_id: string;
  readonly org_id: string;
  readonly event_type: string;
  readonly status: string;
  readonly attempts: number;
  readonly response_status: number | null;
  readonly error: string | null;
  readonly next_retry_at: string | null;
  readonly attempted_at: string;
}

/** A message to a viewer, as JSON. */
export interface LiveBatch {
  readonly deliveries: readonly LiveDelivery[];
  /** True if this list is incomplete, so the viewer must read the table. */
  readonly more: boolean;
}

/** A message between nodes, as JSON. */
interface LivePayload {
  readonly deliveries: readonly LiveDelivery[];
  /** The orgs whose changes are not all in this list; true if that may be any org. */
  readonly more: readonly string[] | true;
}

export interface LiveFeedOptions {
  readonly clock: Clock;
  /** Sends a payload to all nodes, which call `watchedSomewhere` with it. */
  announceWatched(payload: string): Promise<void>;
  /** Sends a payload to all nodes, which call `happenedSomewhere` with it. */
  announceLive(payload: string): Promise<void>;
  /** Returns the platform's texts of orgs that are not UUIDs. */
  orgTexts(orgIds: Iterable<string>): OrgTextMap | Promise<OrgTextMap>;
  onError(error: unknown): void;
}

/** What a viewer watches: one org by its id, or all orgs. */
type Scope = string;
const everything: Scope = "*";

/** @param batch a `LiveBatch` as JSON. It is built once for all viewers of a scope. */
type Notify = (batch: string) => void;

/** The changes of one org's deliveries since the last notification. */
export interface News {
  readonly deliveries: LiveDelivery[];
  hasMore: boolean;
}

export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #viewers = new Map<Scope, Set<Notify>>();
  /** The scopes that viewers on any node watch, with the time until which this is known. */
  readonly #watched = new Map<Scope, number>();
  #news = new Map<string, News>();
  /** True if changes were lost and it is unknown to which orgs they belonged. */
  #hasMore = false;
  #flushing: Promise<void> | null = null;
  /** Batches that wait for the texts of orgs, so that later batches do not overtake them. */
  #naming: Promise<void> | null = null;
  #cancelFlush: (() => void) | null = null;
  #cancelAnnounce: (() => void) | null = null;
  #cancelForget: (() => void) | null = null;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  /** Observes every attempt of this node. */
  readonly observer: Observer = {
    attempted: (attempt) => this.#attempted(attempt),
    leaseLost: () => {},
    attemptHeld: () => {},
    sendThrew: () => {},
    deliveryUnreadable: () => {},
    fanOutFailed: () => {},
    storeFailed: () => {},
  };

  /**
   * Calls `notify` with the changes of an org's deliveries from now on, or of all orgs if it is
   * null. Resolves when the nodes have been notified.
   * @returns a function that stops the calls.
   * @throws any error of `announceWatched`; nothing is watched in that case.
   */
  async watch(orgId: string | null, notify: Notify): Promise<() => void> {
    const scope = orgId ?? everything;
    const viewers = this.#viewers.get(scope) ?? new Set();
    const isFirst = viewers.size === 0;
    viewers.add(notify);
    this.#viewers.set(scope, viewers);
    const leave = (): void => {
      viewers.delete(notify);
      if (viewers.size === 0 && this.#viewers.get(scope) === viewers) this.#viewers.delete(scope);
    };
    try {
      if (isFirst) await this.#options.announceWatched(scope);
    } catch (error) {
      leave();
      throw error;
    }
    this.#cancelAnnounce ??= this.#announceLater();
    return leave;
  }

  /**
   * Called with a notification: a node, possibly this one, has viewers of these scopes, or asks
   * which nodes have viewers.
   */
  watchedSomewhere(payload: string): void {
    if (payload === question) {
      if (this.#viewers.size > 0) void this.#announceAll();
      return;
    }
    const untilMs = this.#options.clock.monotonicMs() + limits.watchedMs;
    for (const scope of payload.split(",")) this.#watched.set(scope, untilMs);
    this.#cancelForget ??= this.#forgetLater();
  }

  /**
   * Called with a notification: a node, possibly this one, has made attempts that a viewer watches.
   */
  happenedSomewhere(payload: string): void {
    if (this.#viewers.size === 0) return;
    const news = JSON.parse(payload) as LivePayload;
    const texts = this.#options.orgTexts(new Set(news.deliveries.map((each) => each.org_id)));
    if (this.#naming === null && !(texts instanceof Promise)) this.#share(news, texts);
    else this.#shareLater(news, texts);
  }

  #share({ deliveries, more }: LivePayload, texts: OrgTextMap): void {
    for (const scope of this.#viewers.keys()) {
      const isOfAll = scope === everything;
      const seen = isOfAll ? deliveries : deliveries.filter((each) => each.org_id === scope);
      const hasMore = more === true || (isOfAll ? more.length > 0 : more.includes(scope));
      if (seen.length === 0 && !hasMore) continue;
      const shown = texts.size === 0 ? seen : seen.map((each) => withOrgText(each, texts));
      this.#notify(scope, { deliveries: shown, more: hasMore });
    }
  }

  #shareLater(news: LivePayload, texts: OrgTextMap | Promise<OrgTextMap>): void {
    const earlier = this.#naming ?? Promise.resolve();
    const naming = Promise.all([texts, earlier]).then(
      ([known]) => this.#share(news, known),
      (error: unknown) => {
        this.#options.onError(error);
        this.lookUp();
      },
    );
    this.#naming = naming;
    void naming.then(() => {
      if (this.#naming === naming) this.#naming = null;
    });
  }

  /**
   * Called after a reconnect. Notifications sent in the meantime are lost, both for viewers and for
   * this node.
   */
  listensAgain(): void {
    void this.#announce(question);
    this.lookUp();
  }

  /** Tells viewers to read the tables, because updates for them were lost. */
  lookUp(): void {
    for (const scope of this.#viewers.keys()) {
      this.#notify(scope, { deliveries: [], more: true });
    }
  }

  /** Sends the collected changes to other nodes. Viewers of this node get nothing from now on. */
  async close(): Promise<void> {
    this.#viewers.clear();
    this.#watched.clear();
    for (const cancel of [this.#cancelAnnounce, this.#cancelForget, this.#cancelFlush]) cancel?.();
    await this.#flushing;
    await this.#flush();
    await this.#naming;
  }

  #notify(scope: Scope, batch: LiveBatch): void {
    const text = JSON.stringify(batch);
    for (const notify of this.#viewers.get(scope) ?? []) notify(text);
  }

  #attempted(attempt: ObservedAttempt): void {
    if (this.#watched.size === 0 || attempt.orgId === probeOrgId) return;
    if (!this.#isWatched(attempt.orgId)) return;
    this.#gather(attempt);
    if (this.#flushing === null) this.#cancelFlush ??= this.#flushLater();
  }

  #isWatched(orgId: string): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    return (this.#watched.get(everything) ?? 0) > nowMs || (this.#watched.get(orgId) ?? 0) > nowMs;
  }

  #gather(attempt: ObservedAttempt): void {
    let news = this.#news.get(attempt.orgId);
    if (news === undefined) {
      if (this.#news.size >= limits.liveOrgsMax) {
        this.#hasMore = true;
        return;
      }
      news = { deliveries: [], hasMore: false };
      this.#news.set(attempt.orgId, news);
    }
    if (news.deliveries.length >= limits.liveDeliveriesPerOrgMax) news.hasMore = true;
    else news.deliveries.push(liveDelivery(attempt));
  }

  #flushLater(): () => void {
    return this.#options.clock.after(limits.liveFlushMs, () => {
      this.#cancelFlush = null;
      this.#flushing = this.#flush().then(() => {
        this.#flushing = null;
        // Changes that arrived during the flush wait for the next one, so that a slow database gets
        // only one at a time.
        if (this.#news.size > 0) this.#cancelFlush ??= this.#flushLater();
      });
    });
  }

  /**
   * Sends the changes. Never rejects: after a failure, the next notification says that some changes
   * are missing.
   */
  async #flush(): Promise<void> {
    if (this.#news.size === 0) return;
    const payload = payloadOf(this.#news, this.#hasMore);
    this.#news = new Map();
    this.#hasMore = false;
    try {
      await this.#options.announceLive(payload);
    } catch (error) {
      this.#hasMore = true;
      this.#options.onError(error);
    }
  }

  #announceLater(): () => void {
    return this.#options.clock.after(limits.watchAnnounceMs, () => {
      this.#cancelAnnounce = null;
      if (this.#viewers.size === 0) return;
      void this.#announceAll();
      this.#cancelAnnounce = this.#announceLater();
    });
  }

  async #announceAll(): Promise<void> {
    const scopes = this.#viewers.has(everything) ? [everything] : [...this.#viewers.keys()];
    for (let start = 0; start < scopes.length; start += scopesPerPayload) {
      await this.#announce(scopes.slice(start, start + scopesPerPayload).join(","));
    }
  }

  async #announce(payload: string): Promise<void> {
    try {
      await this.#options.announceWatched(payload);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #forgetLater(): () => void {
    return this.#options.clock.after(limits.watchedMs, () => {
      const nowMs = this.#options.clock.monotonicMs();
      for (const [scope, untilMs] of this.#watched) {
        if (untilMs <= nowMs) this.#watched.delete(scope);
      }
      this.#cancelForget = this.#watched.size === 0 ? null : this.#forgetLater();
    });
  }
}

/**
 * A node sends this question when it starts to listen. Otherwise it would learn about viewers up to
 * 15 s later.
 */
const question = "?";

/**
 * PostgreSQL rejects payloads of 8,000 bytes. This many ids, each with 36 characters and a comma,
 * are shorter.
 */
const scopesPerPayload = 200;

/**
 * How many bytes of a payload deliveries may use. The rest is for ids of orgs, of 39 bytes each.
 */
const deliveriesBytesMax = 7_000;
const orgsWithMoreMax = 20;

function liveDelivery(attempt: ObservedAttempt): LiveDelivery {
  const { nextAttemptAtMs, startedAtMs } = attempt;
  return {
    id: attempt.deliveryId,
    event_id: attempt.eventId,
    endpoint_id: attempt.endpointId,
    org_id: attempt.orgId,
    event_type: attempt.eventType,
    status: attempt.status,
    attempts: attempt.number,
    response_status: attempt.responseStatus,
    error: attempt.error,
    next_retry_at: nextAttemptAtMs === null ? null : apiTimestamp(nextAttemptAtMs),
    attempted_at: apiTimestamp(startedAtMs),
  };
}

function withOrgText(delivery: LiveDelivery, texts: OrgTextMap): LiveDelivery {
  const text = texts.get(delivery.org_id);
  return text === undefined ? delivery : { ...delivery, org_id: text };
}

/**
 * Returns as many changes as fit in one notification. Orgs take turns, so that a flood from one org
 * does not hide the changes of others. A pure function.
 */
export function payloadOf(news: ReadonlyMap<string, News>, hasMore: boolean): string {
  const orgsWithMore = new Set<string>();
  const texts: string[] = [];
  let bytes = 0;
  const longest = Math.max(0, ...[...news.values()].map(({ deliveries }) => deliveries.length));
  for (let turn = 0; turn < longest; turn += 1) {
    for (const [orgId, { deliveries }] of news) {
      const delivery = deliveries[turn];
      if (delivery === undefined || orgsWithMore.has(orgId)) continue;
      const text = JSON.stringify(delivery);
      const textBytes = Buffer.byteLength(text) + 1;
      if (bytes + textBytes > deliveriesBytesMax) orgsWithMore.add(orgId);
      else {
        texts.push(text);
        bytes += textBytes;
      }
    }
  }
  for (const [orgId, each] of news) if (each.hasMore) orgsWithMore.add(orgId);
  const isOfAny = hasMore || orgsWithMore.size > orgsWithMoreMax;
  const more = isOfAny ? "true" : JSON.stringify([...orgsWithMore]);
  return `{"deliveries":[${texts.join(",")}],"more":${more}}`;
}
