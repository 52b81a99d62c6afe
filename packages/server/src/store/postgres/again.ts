/** A transaction that the server rolled back whole is tried again before anybody is told. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { limits } from "../../limits.ts";

/** A deadlock's victim, not serialisable, a lock that was not free in time. */
const rolledBackWhole: ReadonlySet<string> = new Set(["40P01", "40001", "55P03"]);

export function wasRolledBackWhole(error: unknown): boolean {
  return error instanceof pg.DatabaseError && rolledBackWhole.has(error.code ?? "");
}

/**
 * Runs one transaction, at most `limits.rolledBackTriesMax` times.
 *
 * @throws whatever the last try threw.
 */
export async function triedAgain<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (tries >= limits.rolledBackTriesMax || !wasRolledBackWhole(error)) throw error;
      // By chance: those that were in each other's way would meet again.
      await sleep(Math.random() * limits.rolledBackPauseMs * tries);
    }
  }
}
