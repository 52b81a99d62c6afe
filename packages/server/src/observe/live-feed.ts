/**
 * Live updates: what becomes of deliveries, told to those who watch at this moment.
 *
 * The node that makes an attempt is often not the one that a viewer is connected to, and they share
 * nothing but the database. So a node with viewers says by a notification what they watch; each
 * node that makes attempts of it tells them by another. Nobody watches most of the time: then an
 * attempt costs the look at an empty map.
 */
import { limits } from "../limits.ts";
import type { Clock, ObservedAttempt, Observer } from "../pipeline/ports.ts";

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

export interface LiveBatch {
  readonly deliveries: readonly LiveDelivery[];
  /** More happened than is told here: look it up. */
  readonly more: boolean;
}

export interface LiveFeedOptions {
  readonly clock: Clock;
  /** Payload: scopes, separated by commas. */
  announceWatched(payload: string): Promise<void>;
  /** Payload: a `LiveBatch` as JSON. */
  announceLive(payload: string): Promise<void>;
  onError(error: unknown): void;
}

/** An org's id, or every org. */
type Scope = string;
const everything: Scope = "*";

interface Viewer {
  readonly scope: Scope;
  tell(batch: LiveBatch): void;
}

export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #viewers = new Set<Viewer>();
  /** What somebody watches, on any node, and until when that counts. */
  readonly #watched = new Map<Scope, number>();
  #news: LiveDelivery[] = [];
  #hasMore = false;
  #isFlushing = false;
  #cancelAnnounce: (() => void) | null = null;
  #isClosed = false;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** To be told of every attempt of this node. */
  readonly observer: Observer = {
    attempted: (attempt) => this.#attempted(attempt),
    leaseLost: () => {},
    sendThrew: () => {},
    storeFailed: () => {},
  };

  /**
   * From now on `tell` is called with what happens to deliveries of the org (null: of any).
   *
   * @returns ends it.
   */
  watch(orgId: string | null, tell: (batch: LiveBatch) => void): () => void {
    const viewer: Viewer = { scope: orgId ?? everything, tell };
    const isNew = ![...this.#viewers].some(({ scope }) => scope === viewer.scope);
    this.#viewers.add(viewer);
    if (isNew) void this.#announce([viewer.scope]);
    this.#cancelAnnounce ??= this.#announceLater();
    return () => {
      this.#viewers.delete(viewer);
    };
  }

  /** A node, this one too, has viewers of these scopes. */
  watchedSomewhere(payload: string): void {
    const untilMs = this.#options.clock.now() + limits.watchedMs;
    for (const scope of payload.split(",")) this.#watched.set(scope, untilMs);
  }

  /** A node, this one too, made attempts that somebody watches. */
  happenedSomewhere(payload: string): void {
    if (this.#viewers.size === 0) return;
    const { deliveries, more } = JSON.parse(payload) as LiveBatch;
    for (const { scope, tell } of this.#viewers) {
      const seen =
        scope === everything ? deliveries : deliveries.filter((each) => each.org_id === scope);
      if (seen.length > 0 || more) tell({ deliveries: seen, more });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelAnnounce?.();
    this.#viewers.clear();
  }

  #attempted(attempt: ObservedAttempt): void {
    if (this.#watched.size === 0 || !this.#isWatched(attempt.orgId)) return;
    if (this.#news.length >= limits.liveDeliveriesMax) this.#hasMore = true;
    else this.#news.push(liveDelivery(attempt));
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#options.clock.after(limits.liveFlushMs, () => void this.#flush());
  }

  #isWatched(orgId: string): boolean {
    const nowMs = this.#options.clock.now();
    for (const [scope, untilMs] of this.#watched) {
      if (untilMs < nowMs) this.#watched.delete(scope);
    }
    return this.#watched.has(orgId) || this.#watched.has(everything);
  }

  async #flush(): Promise<void> {
    const news = this.#news;
    const hasMore = this.#hasMore;
    this.#news = [];
    this.#hasMore = false;
    this.#isFlushing = false;
    for (const payload of payloads(news, hasMore)) {
      try {
        await this.#options.announceLive(payload);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  #announceLater(): () => void {
    return this.#options.clock.after(limits.watchAnnounceMs, () => {
      this.#cancelAnnounce = null;
      if (this.#isClosed || this.#viewers.size === 0) return;
      void this.#announce([...new Set([...this.#viewers].map(({ scope }) => scope))]);
      this.#cancelAnnounce = this.#announceLater();
    });
  }

  async #announce(scopes: readonly Scope[]): Promise<void> {
    for (let start = 0; start < scopes.length; start += scopesPerPayload) {
      try {
        await this.#options.announceWatched(
          scopes.slice(start, start + scopesPerPayload).join(","),
        );
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }
}

/** PostgreSQL refuses payloads of 8,000 bytes. */
const payloadBytesMax = 7_900;
const scopesPerPayload = 200;

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
    next_retry_at: nextAttemptAtMs === null ? null : new Date(nextAttemptAtMs).toISOString(),
    attempted_at: new Date(startedAtMs).toISOString(),
  };
}

/** Pure: the news in as few payloads as they fit in. */
export function payloads(news: readonly LiveDelivery[], hasMore: boolean): readonly string[] {
  const found: string[] = [];
  let texts: string[] = [];
  let bytes = 0;
  const close = (more: boolean): void => {
    found.push(`{"deliveries":[${texts.join(",")}],"more":${more}}`);
    texts = [];
    bytes = 0;
  };
  for (const delivery of news) {
    const text = JSON.stringify(delivery);
    const textBytes = Buffer.byteLength(text) + 1;
    if (bytes + textBytes > payloadBytesMax - 32) close(false);
    texts.push(text);
    bytes += textBytes;
  }
  if (texts.length > 0 || hasMore) close(hasMore);
  return found;
}
