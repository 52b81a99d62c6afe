/** The database's clock, on a node whose own clock jumps. */
import { afterEach, describe, expect, inject, test, vi } from "vitest";
import { DatabaseClock } from "./database-clock.ts";
import { hostsOf } from "../postgres/hosts.ts";
import { createPool } from "../postgres/pool.ts";

afterEach(() => vi.restoreAllMocks());

const hourMs = 3_600_000;

test.each([-hourMs, -600_000, 600_000, hourMs])("a step of %d ms changes nothing", (stepMs) => {
  const clock = new DatabaseClock();
  const before = clock.now();
  const stepped = Date.now() + stepMs;
  vi.spyOn(Date, "now").mockReturnValue(stepped);
  expect(Math.abs(clock.now() - before)).toBeLessThan(1_000);
});

/** A machine that can be suspended; its wall clock is set by `stepMs` at the same time. */
function suspendableMachine() {
  const state = { monotonicMs: 5_000, wallMs: 1_000_000_000, uptimeMs: 77_000 };
  return {
    machine: {
      monotonicMs: () => state.monotonicMs,
      wallMs: () => state.wallMs,
      uptimeMs: () => state.uptimeMs,
    },
    run(ms: number): void {
      state.monotonicMs += ms;
      state.uptimeMs += ms;
      state.wallMs += ms;
    },
    suspend(ms: number, stepMs = 0): void {
      state.uptimeMs += ms;
      state.wallMs += ms + stepMs;
    },
  };
}

test.each([-hourMs, 0, 90_000, hourMs])(
  "the time that the machine was suspended counts at once, if its own clock also jumps by %d ms",
  (stepMs) => {
    const { machine, run, suspend } = suspendableMachine();
    const clock = new DatabaseClock(machine);
    expect(clock.now()).toBe(1_000_000_000);
    run(10);
    suspend(90_000, stepMs);
    expect(clock.now()).toBe(1_000_090_010);
    expect(clock.now()).toBe(1_000_090_010);
    expect(clock.monotonicMs()).toBe(5_010);
  },
);

describe("a suspension around a measurement counts once", () => {
  const suspendedMs = 90_000;

  test.each(["before the query", "before the database reads", "after the database has read"])(
    "%s",
    async (when) => {
      const { machine, suspend } = suspendableMachine();
      const clock = new DatabaseClock(machine);
      // The database runs on another machine, and its clock shows this machine's time.
      const query = async () => {
        if (when === "before the database reads") suspend(suspendedMs);
        const nowMs = machine.wallMs();
        if (when === "after the database has read") suspend(suspendedMs);
        return { rows: [{ now_ms: nowMs }] };
      };
      if (when === "before the query") suspend(suspendedMs);
      await clock.measure({ query } as never);
      expect(clock.now()).toBe(1_000_000_000 + suspendedMs);
    },
  );
});

test("it shows the database's time, whatever the machine's clock says", async () => {
  const pool = createPool({
    hosts: hostsOf(inject("postgresUrl")),
    connectionsMax: 1,
    name: "posthorn",
    onError: () => {},
  });
  const realNow = Date.now.bind(Date);
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + hourMs);
  const clock = new DatabaseClock();
  await clock.measure(pool);
  expect(Math.abs(clock.now() - realNow())).toBeLessThan(1_000);
  expect(clock.offsetMs).toBeLessThan(-hourMs + 1_000);
  await pool.end();
});

test("a difference within the query's own duration is noise, and a larger one is not", () => {
  const clock = new DatabaseClock();
  const atMs = performance.now();
  const before = clock.now();
  clock.correct(before + 40, atMs - 50, atMs + 50);
  expect(clock.now() - before).toBeLessThan(30);
  clock.correct(before + 5_000, atMs - 50, atMs + 50);
  expect(clock.now() - before).toBeGreaterThan(4_900);
});
