/**
 * Replay: sends a range of deliveries again, in the background and at a steady pace: one batch
 * for each round of a loop, so that a replay of a million does not crowd out what is new.
 */
import type { Actor } from "../../model/audit.ts";

/**
 * Which deliveries of an endpoint are meant. `missed` are events that the endpoint wants now and
 * has no delivery of, e.g. because it was inactive when they came.
 */
export const replayStatuses = ["failed", "delivered", "cancelled", "missed"] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

export interface ReplaySelection {
  readonly orgId: string;
  readonly endpointId: string;
  readonly status: ReplayStatus;
  /** Null: every type. */
  readonly eventType: string | null;
  /** Events published from here on; null: from the first. */
  readonly sinceMs: number | null;
  /** Events published before this. */
  readonly untilMs: number;
}

/** A replay to be started, and who asked for it. */
export interface NewReplay extends ReplaySelection {
  readonly id: string;
  readonly atMs: number;
  readonly by: Actor;
}

/** What changes a replay leaves an entry in the audit, in the same transaction. */
export interface ReplayStore {
  /** Null: too many to count them within the time that a query has. */
  count(selection: ReplaySelection): Promise<number | null>;
  /** Stores a replay for the nodes to carry out. @returns the count, as `count` does. */
  start(replay: NewReplay): Promise<number | null>;
  /** The org with a running replay that comes after this one, in a circle; null if none runs. */
  nextOrg(afterOrgId: string | null): Promise<string | null>;
  /**
   * Does one batch of the org's oldest running replay, unless another node is at it.
   * @returns how many deliveries became due.
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

  /** One batch, if a replay runs. An org whose batch fails has had its turn. */
  async step(atMs: number, deliveriesMax: number): Promise<void> {
    const orgId = await this.#store.nextOrg(this.#afterOrgId);
    if (orgId === null) return;
    this.#afterOrgId = orgId;
    await this.#store.step(orgId, atMs, deliveriesMax);
  }
}
