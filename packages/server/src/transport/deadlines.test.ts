import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { Deadlines } from "./deadlines.ts";

function recorder(): { readonly ended: string[]; named(name: string): { expire(): void } } {
  const ended: string[] = [];
  return { ended, named: (name) => ({ expire: () => void ended.push(name) }) };
}

test("each expires at its own deadline; deadlines with the same timeout expire in their order", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { ended, named } = recorder();
  const deadlines = new Deadlines();
  deadlines.add(named("long"), 120);
  deadlines.add(named("first"), 40);
  vi.advanceTimersByTime(20);
  deadlines.add(named("second"), 40);
  vi.advanceTimersByTime(30);
  expect(ended).toEqual(["first"]);
  vi.advanceTimersByTime(30);
  expect(ended).toEqual(["first", "second"]);
  vi.advanceTimersByTime(80);
  expect(ended).toEqual(["first", "second", "long"]);
});

test("one that was removed does not expire, and one added after it does", async () => {
  const { ended, named } = recorder();
  const deadlines = new Deadlines();
  const removed = named("removed");
  const deadline = deadlines.add(removed, 20);
  deadlines.remove(deadline);
  deadlines.remove(deadline);
  deadlines.add(named("kept"), 20);
  await sleep(60);
  expect(ended).toEqual(["kept"]);
  // The row was removed with its timer when it was empty. The next deadline must create both again.
  deadlines.add(named("later"), 20);
  await sleep(60);
  expect(ended).toEqual(["kept", "later"]);
});

test("one that is added while another expires is not lost", async () => {
  const { ended, named } = recorder();
  const deadlines = new Deadlines();
  deadlines.add(
    {
      expire: () => {
        ended.push("outer");
        deadlines.add(named("inner"), 20);
      },
    },
    20,
  );
  await sleep(80);
  expect(ended).toEqual(["outer", "inner"]);
});

test("after close nothing expires", async () => {
  const { ended, named } = recorder();
  const deadlines = new Deadlines();
  deadlines.add(named("never"), 10);
  deadlines.close();
  await sleep(30);
  expect(ended).toEqual([]);
});
