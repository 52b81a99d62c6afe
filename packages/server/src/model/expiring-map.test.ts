import { expect, test } from "vitest";
import { ExpiringMap } from "./expiring-map.ts";

test("an entry exists until it expires, and setting it again renews it", () => {
  let nowMs = 0;
  const map = new ExpiringMap<number>(() => nowMs, 100, 10);
  map.set("a", 1);
  nowMs = 99;
  expect(map.get("a")).toBe(1);
  map.set("a", 2);
  nowMs = 198;
  expect(map.get("a")).toBe(2);
  nowMs = 199;
  expect(map.has("a")).toBe(false);
  expect(map.isEmpty).toBe(true);
});

test("beyond its size, the entry set longest ago is evicted", () => {
  const map = new ExpiringMap<true>(() => 0, 100, 2);
  for (const key of ["a", "b", "a", "c"]) map.set(key, true);
  expect(["a", "b", "c"].map((key) => map.has(key))).toEqual([true, false, true]);
});
