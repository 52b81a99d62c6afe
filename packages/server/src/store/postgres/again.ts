/** Repeats a transaction that the server rolled back, so that the caller sees no error. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { limits } from "../../limits.ts";

/**
 * SQLSTATEs of a deadlock, a serialisation failure, and a lock that did not become free in time.
 */
const rolledBackWhole: ReadonlySet<string> = new Set(["40P01", "40001", "55P03"]);

export function wasRolledBackWhole(error: unknown): boolean {
  return error instanceof pg.DatabaseError && rolledBackWhole.has(error.code ?? "");
}

/**
 * Runs one transaction, at most `limits.rolledBackTriesMax` times.
 *
 * @throws the error of the last try.
 */
export async function triedAgain<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (tries >= limits.rolledBackTriesMax || !wasRolledBackWhole(error)) throw error;
      // Pauses for a random time, because transactions that collided would otherwise collide again.
      await sleep(Math.random() * limits.rolledBackPauseMs * tries);
    }
  }
}
