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
