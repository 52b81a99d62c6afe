/**
 * The probe. Once a minute each node publishes an event to its own receiver and watches it pass
 * through the whole pipeline: stored, signed, sent, verified by the receiver, settled. The probe
 * detects if nothing arrives although every part reports that it works.
 */
import { limits } from "../limits.ts";
import { probeOrgId, probeType } from "../model/probe.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { EventToPublish, PublishResult } from "../pipeline/publish/publish.ts";

export interface ProbeStore {
  /**
   * Creates the probe's org, endpoint and secret. Restores the endpoint if it was turned off or
   * deleted.
   */
  prepare(atMs: number): Promise<void>;
  isDelivered(eventId: string): Promise<boolean>;
}

export interface ProberOptions {
  readonly store: ProbeStore;
  readonly clock: Clock;
  readonly nodeId: string;
  /** The time between the arrival of one probe and the next probe. */
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

  /** The time since the last probe that arrived was published; null before the first arrival. */
  get ageMs(): number | null {
    return this.#arrivedAtMs === null
      ? null
      : this.#options.clock.monotonicMs() - this.#arrivedAtMs;
  }

  /** The same time. Before the first arrival, the time since this prober started. */
  get quietMs(): number {
    return this.ageMs ?? this.#options.clock.monotonicMs() - this.#startedAtMs;
  }

  /** True if three probes in a row did not arrive. One may be lost when the database restarts. */
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

  /** Ends the current step early. */
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
        isProbe: true,
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
