import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { systemClock } from "../service/database-clock.ts";
import { BlockedError, type Store } from "../store/store.ts";
import { keptReadiness, StoreWatch, type Readiness } from "./readiness.ts";

const ready: Readiness = {
  status: "ready",
  checks: { database: { ok: true }, migrations: { ok: true }, claim: { ok: true } },
  pooler: "none",
  notifications: "listen",
};

test("however many callers ask, the database gets one query at a time, and one per readinessKeptMs", async () => {
  let nowMs = 0;
  const looks: (() => void)[] = [];
  const ask = keptReadiness(
    () => new Promise((resolve) => looks.push(() => resolve(ready))),
    () => nowMs,
  );
  const asked = Array.from({ length: 100 }, () => ask());
  nowMs += 10 * limits.readinessKeptMs;
  asked.push(ask());
  expect(looks).toHaveLength(1);
  looks[0]?.();
  expect(await Promise.all(asked)).toEqual(asked.map(() => ready));
  nowMs += limits.readinessKeptMs - 1;
  await ask();
  expect(looks).toHaveLength(1);
  nowMs += 1;
  void ask();
  expect(looks).toHaveLength(2);
});

test("a failed check is not cached forever", async () => {
  let nowMs = 0;
  let fails = true;
  const ask = keptReadiness(
    () => (fails ? Promise.reject(new Error("no")) : Promise.resolve(ready)),
    () => nowMs,
  );
  await expect(ask()).rejects.toThrow("no");
  fails = false;
  nowMs += limits.readinessKeptMs;
  expect(await ask()).toEqual(ready);
});

test("a database that responds but accepts no writes is not ready", async () => {
  let nowMs = 0;
  let failure: Error | null = null;
  const work = async (): Promise<never[]> => {
    if (failure !== null) throw failure;
    return [];
  };
  const watch = new StoreWatch({ ...systemClock, monotonicMs: () => nowMs });
  const store = watch.watched({ publish: work, heartbeat: work } as unknown as Store);
  const publish = () => store.publish({} as never).catch(() => undefined);
  const beat = () => store.heartbeat({} as never).catch(() => undefined);
  const isFine = (): boolean => watch.checkWrites().ok;

  failure = new PosthornError("PH_DATABASE_UNAVAILABLE");
  await beat();
  expect(isFine()).toBe(false);
  failure = null;
  await beat();
  expect(isFine()).toBe(true);

  failure = new PosthornError("PH_DATABASE_REFUSED");
  await publish();
  nowMs += limits.publishFailureCountsMs;
  expect(isFine()).toBe(false);
  nowMs += 1;
  expect(isFine()).toBe(true);
  await publish();
  failure = null;
  await publish();
  expect(isFine()).toBe(true);

  // If another client's open transaction blocks a publish, the database is not the problem.
  failure = new BlockedError(new Error("55P03"));
  await publish();
  expect(isFine()).toBe(true);
});
