/**
 * Replay: sends a range of deliveries again, in the background and at a steady rate. Each round
 * does one batch, so that a replay of a million does not delay new events.
 */
import type { Actor } from "../../model/audit.ts";

/**
 * Selects deliveries of an endpoint. `missed` means events that match the endpoint now and have no
 * delivery for it, e.g. because it was inactive when they were published.
 */
export const replayStatuses = ["failed", "delivered", "cancelled", "missed"] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

export interface ReplaySelection {
  readonly orgId: string;
  readonly endpointId: string;
  readonly status: ReplayStatus;
  /** Null: all types. */
  readonly eventType: string | null;
  /** Events published from this time on; null: from the first. */
  readonly sinceMs: number | null;
  /** Events published before this time. */
  readonly untilMs: number;
}

/** A replay to start, and who requested it. */
export interface NewReplay extends ReplaySelection {
  readonly id: string;
  readonly atMs: number;
  readonly by: Actor;
}

/** The audit entry is in the same transaction as the replay's change. */
export interface ReplayStore {
  /** Null if counting would exceed the time limit of a query. */
  count(selection: ReplaySelection): Promise<number | null>;
  /** Stores a replay for the nodes to run. @returns the count, as `count` does. */
  start(replay: NewReplay): Promise<number | null>;
  /** Returns the next org with a running replay after this one, cyclically; null if none runs. */
  nextOrg(afterOrgId: string | null): Promise<string | null>;
  /**
   * Does one batch of the org's oldest running replay, unless another node works on it.
   * @returns the number of deliveries that became due.
   */
  step(orgId: string, atMs: number, deliveriesMax: number): Promise<number>;
  /** @returns false if there is no such running replay. */
  cancel(id: string, atMs: number, by: Actor): Promise<boolean>;
}

/** Orgs take turns, one batch each, so that a short replay does not wait for one of millions. */
export class ReplayTurns {
  readonly #store: Pick<ReplayStore, "nextOrg" | "step">;
  #afterOrgId: string | null = null;

  constructor(store: Pick<ReplayStore, "nextOrg" | "step">) {
    this.#store = store;
  }

  /** One batch, if a replay runs. A failed batch uses up the org's turn. */
  async step(atMs: number, deliveriesMax: number): Promise<void> {
    const orgId = await this.#store.nextOrg(this.#afterOrgId);
    if (orgId === null) return;
    this.#afterOrgId = orgId;
    await this.#store.step(orgId, atMs, deliveriesMax);
  }
}
