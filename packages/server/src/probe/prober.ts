/**
 * The probe. Once a minute each node publishes an event to its own receiver and watches it pass
 * through the whole pipeline: stored, signed, sent, verified by the receiver, settled. Every part
 * may report that it is fine while nothing arrives; the probe would detect that.
 */
import { limits } from "../limits.ts";
import { probeOrgId, probeType } from "../model/probe.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { EventToPublish, PublishResult } from "../pipeline/publish/publish.ts";

export interface ProbeStore {
  /** Creates the org, the endpoint and its secret; restores what was turned off or deleted. */
  prepare(atMs: number): Promise<void>;
  isDelivered(eventId: string): Promise<boolean>;
}

export interface ProberOptions {
  readonly store: ProbeStore;
  readonly clock: Clock;
  readonly nodeId: string;
  /** The time from one arrived probe to the next. */
  readonly periodMs: number;
  publish(events: readonly EventToPublish[]): Promise<readonly PublishResult[]>;
  /** Called when a probe has arrived, with the time from its publish call until it was settled. */
  onArrived(durationMs: number): void;
}

export class Prober {
  readonly #options: ProberOptions;
  readonly #startedAtMs: number;
  #arrivedAtMs: number | null = null;
  #dueAtMs: number;
  #isStopped = false;
  readonly #arrivalMs: number;
  readonly #againMs: number;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#arrivalMs = Math.min(limits.probeArrivalMs, options.periodMs);
    this.#againMs = Math.min(limits.probeAgainMs, options.periodMs);
    this.#startedAtMs = options.clock.monotonicMs();
    this.#dueAtMs = this.#startedAtMs + options.periodMs;
  }

  /** Time since the publish of the last probe that arrived; null before the first. */
  get ageMs(): number | null {
    return this.#arrivedAtMs === null
      ? null
      : this.#options.clock.monotonicMs() - this.#arrivedAtMs;
  }

  /** The same, but before the first arrival it counts from this prober's start. */
  get quietMs(): number {
    return this.ageMs ?? this.#options.clock.monotonicMs() - this.#startedAtMs;
  }

  /** True if three probes in a row did not arrive. A restart of the database may lose one. */
  get isStale(): boolean {
    return this.quietMs > limits.probesMissedMax * this.#options.periodMs + this.#arrivalMs;
  }

  /** Sends a probe if one is due, and waits for it. Rejects if it cannot be published. */
  async step(): Promise<void> {
    const { store, clock, periodMs } = this.#options;
    const atMs = clock.monotonicMs();
    if (atMs < this.#dueAtMs) return;
    await store.prepare(clock.now());
    const eventId = await this.#publish();
    if (await this.#arrives(eventId, atMs + this.#arrivalMs)) {
      this.#arrivedAtMs = atMs;
      this.#options.onArrived(clock.monotonicMs() - atMs);
      this.#dueAtMs = atMs + periodMs;
    } else {
      this.#dueAtMs = clock.monotonicMs() + this.#againMs;
    }
  }

  /** Makes the current step give up. */
  stop(): void {
    this.#isStopped = true;
  }

  async #publish(): Promise<string> {
    const [result] = await this.#options.publish([
      {
        orgId: probeOrgId,
        type: probeType,
        timestampMs: null,
        dataJson: JSON.stringify({ node: this.#options.nodeId }),
        idempotencyKey: null,
        onlyEndpointId: null,
      },
    ]);
    if (result === undefined) throw new Error("A publish call returned no result.");
    return result.eventId;
  }

  async #arrives(eventId: string, untilMs: number): Promise<boolean> {
    const { store, clock } = this.#options;
    while (!this.#isStopped && clock.monotonicMs() < untilMs) {
      if (await store.isDelivered(eventId)) return true;
      await new Promise<void>((resolve) => clock.after(limits.probeLookMs, resolve));
    }
    return false;
  }
}
