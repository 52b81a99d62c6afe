import { expect, test } from "vitest";
import { VirtualClock } from "../../simulation/clock.ts";
import { startLoop } from "./loop.ts";

/** A loop that has work while `hasWork` is true, and the times of its rounds. */
function setUp(fails = false) {
  const clock = new VirtualClock(0);
  const state = { hasWork: false, failures: 0 };
  const rounds: number[] = [];
  const loop = startLoop({
    clock,
    pauseMs: () => (state.hasWork ? 100 : null),
    async round() {
      rounds.push(clock.now());
      if (fails) throw new Error("This round failed.");
    },
    onFailed: () => (state.failures += 1),
  });
  return { clock, state, rounds, loop };
}

test("a loop without work has no rounds until it is woken and has some", async () => {
  const { clock, state, rounds, loop } = setUp();
  await clock.run(1_000);
  loop.wake();
  await clock.run(2_000);
  expect(rounds).toEqual([]);
  state.hasWork = true;
  loop.wake();
  loop.wake();
  await clock.run(2_350);
  expect(rounds).toEqual([2_100, 2_200, 2_300]);
  state.hasWork = false;
  await clock.run(5_000);
  expect(rounds).toEqual([2_100, 2_200, 2_300, 2_400]);
});

test("a failed round is reported, and the next one follows", async () => {
  const { clock, state, rounds, loop } = setUp(true);
  state.hasWork = true;
  loop.wake();
  await clock.run(350);
  expect(rounds).toEqual([100, 200, 300]);
  expect(state.failures).toBe(3);
});

test("a stopped loop cannot be woken", async () => {
  const { clock, state, rounds, loop } = setUp();
  await loop.stop();
  state.hasWork = true;
  loop.wake();
  await clock.run(1_000);
  expect(rounds).toEqual([]);
});
