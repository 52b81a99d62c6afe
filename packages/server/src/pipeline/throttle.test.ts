import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { throttled } from "./throttle.ts";

test("the first call is immediate; more within terminalAnnounceMs are one call at its end", () => {
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
  const clock = {
    after(delayMs: number, callback: () => void) {
      timers.push({ delayMs, callback });
      return () => {};
    },
  };
  let calls = 0;
  const intervalMs = limits.terminalAnnounceMs;
  const call = throttled({ clock, intervalMs, call: () => (calls += 1) });
  const endInterval = () => timers.shift()?.callback();
  call();
  expect(calls).toBe(1);
  call();
  call();
  expect(calls).toBe(1);
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([intervalMs]);
  endInterval();
  expect(calls).toBe(2);
  endInterval();
  expect([calls, timers.length]).toEqual([2, 0]);
  call();
  expect(calls).toBe(3);
});
