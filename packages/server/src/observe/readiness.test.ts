import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { keptReadiness, type Readiness } from "./readiness.ts";

const ready: Readiness = {
  status: "ready",
  checks: { database: { ok: true }, migrations: { ok: true }, claim: { ok: true } },
  pooler: "none",
  notifications: "listen",
};

test("however many ask, the database is asked once at a time, and once in readinessKeptMs", async () => {
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

test("a look that fails is not kept for ever", async () => {
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
