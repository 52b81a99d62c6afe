/**
 * Replay: sends a range of deliveries again, in the background and at a steady rate. Each round
 * processes one batch, so that a replay of a million deliveries does not delay new events.
 */
import type { Actor } from "../../model/audit.ts";

/**
 * Which deliveries of an endpoint to send again. `missed` means events that match the endpoint now
 * but have no delivery, e.g. because the endpoint was inactive when they were published.
 */
export const replayStatuses = ["failed", "delivered", "cancelled", "missed"] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

export interface ReplaySelection {
  readonly orgId: string;
  readonly endpointId: string;
  readonly status: ReplayStatus;
  /** Null for all event types. */
  readonly eventType: string | null;
  /** Only events published at or after this time; null for all. */
  readonly sinceMs: number | null;
  /** Only events published before this time. */
  readonly untilMs: number;
}

/** A replay to start, and who started it. */
export interface NewReplay extends ReplaySelection {
  readonly id: string;
  readonly atMs: number;
  readonly by: Actor;
}

/** A delivery to create, and who asked for it. The event and the endpoint must exist. */
export interface OneDelivery {
  readonly eventId: string;
  readonly endpointId: string;
  readonly orgId: string;
  readonly deliveryId: string;
  readonly atMs: number;
  readonly by: Actor;
}

/** Where replays are stored. Each change and its audit entry are in the same transaction. */
export interface ReplayStore {
  /** Returns null if counting would exceed the time limit of a query. */
  count(selection: ReplaySelection): Promise<number | null>;
  /**
   * Stores a replay, which the nodes then run.
   * @returns the count, as `count` does.
   */
  start(replay: NewReplay): Promise<number | null>;
  /**
   * Creates the delivery of an event to an endpoint that does not match it, so that it can be sent.
   * Changes nothing if the delivery exists.
   */
  deliverOnce(delivery: OneDelivery): Promise<void>;
  /**
   * Returns the next org after the given one that has a running replay. After the last org, it
   * starts again with the first. Null if no org has one.
   */
  nextOrg(afterOrgId: string | null): Promise<string | null>;
  /**
   * Processes one batch of one of the org's running replays, unless other nodes are processing them
   * all. Each has the same chance, so that one whose batches fail does not hold back the others.
   * @returns the number of deliveries that became due.
   */
  step(orgId: string, atMs: number, deliveriesMax: number): Promise<number>;
  /** @returns false if there is no such running replay. */
  cancel(id: string, atMs: number, by: Actor): Promise<boolean>;
}

/**
 * Orgs take turns, one batch each, so that a short replay does not wait for a replay of millions.
 */
export class ReplayTurns {
  readonly #store: Pick<ReplayStore, "nextOrg" | "step">;
  #afterOrgId: string | null = null;

  constructor(store: Pick<ReplayStore, "nextOrg" | "step">) {
    this.#store = store;
  }

  /** Processes one batch, if a replay is running. A batch that fails uses up the org's turn. */
  async step(atMs: number, deliveriesMax: number): Promise<void> {
    const orgId = await this.#store.nextOrg(this.#afterOrgId);
    if (orgId === null) return;
    this.#afterOrgId = orgId;
    await this.#store.step(orgId, atMs, deliveriesMax);
  }
}
