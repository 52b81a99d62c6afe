/**
 * Replay: sends a range of deliveries again, in the background and at a steady pace: one batch
 * for each round of a loop, so that a replay of a million does not crowd out what is new.
 */
import type { Actor } from "../model/audit.ts";

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
  count(selection: ReplaySelection): Promise<number>;
  /** Stores a replay for the nodes to carry out. @returns how many deliveries it will send. */
  start(replay: NewReplay): Promise<number>;
  /**
   * Does one batch of one running replay that no other node is at.
   * @returns how many deliveries became due; null if there is nothing to do.
   */
  step(atMs: number, deliveriesMax: number): Promise<number | null>;
  /** @returns false if there is no such running replay. */
  cancel(id: string, atMs: number, by: Actor): Promise<boolean>;
}
