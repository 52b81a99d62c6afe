import pg from "pg";
import { expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { triedAgain } from "./again.ts";

function failure(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError("no", 0, "error");
  error.code = code;
  return error;
}

/**
 * Returns a function that fails the given number of times, and then returns how often it was
 * called.
 */
function failing(times: number, code: string): () => Promise<number> {
  let tries = 0;
  return async () => {
    tries += 1;
    if (tries <= times) throw failure(code);
    return tries;
  };
}

test.each(["40P01", "40001", "55P03"])(
  "repeats a transaction that was rolled back by %s",
  async (code) => {
    const most = limits.rolledBackTriesMax;
    expect(await triedAgain(failing(most - 1, code))).toBe(most);
    await expect(triedAgain(failing(most, code))).rejects.toMatchObject({ code });
  },
);

test("repeats nothing else, which may have been committed or would fail again", async () => {
  for (const code of ["57014", "08006", "22003", "23505"]) {
    await expect(triedAgain(failing(1, code))).rejects.toMatchObject({ code });
  }
});

test("the pauses before the tries are short", async () => {
  const startMs = performance.now();
  await triedAgain(failing(1, "40P01"));
  expect(performance.now() - startMs).toBeLessThan(limits.rolledBackPauseMs + 1_000);
});
