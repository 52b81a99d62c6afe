/** The database's clock, on a node whose own clock jumps. */
import { afterEach, expect, inject, test, vi } from "vitest";
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

test.each([-hourMs, 0, 90_000, hourMs])(
  "the time that the machine was suspended counts at once, if its own clock changed by %d ms",
  (stepMs) => {
    const state = { monotonicMs: 5_000, wallMs: 1_000_000_000, uptimeMs: 77_000 };
    const clock = new DatabaseClock({
      monotonicMs: () => state.monotonicMs,
      wallMs: () => state.wallMs,
      uptimeMs: () => state.uptimeMs,
    });
    expect(clock.now()).toBe(1_000_000_000);
    state.monotonicMs += 10;
    state.uptimeMs += 90_010;
    state.wallMs += stepMs + 90_010;
    expect(clock.now()).toBe(1_000_090_010);
    expect(clock.now()).toBe(1_000_090_010);
    expect(clock.monotonicMs()).toBe(5_010);
  },
);

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
