import { describe, expect, test } from "vitest";
import { deliveryChanges, deliveryStatuses, nextStatus, statusesBefore } from "./delivery.ts";

describe("the states of a delivery", () => {
  const table = {
    pending: ["delivered", "pending", "failed", "cancelled", "pending"],
    delivered: [null, null, null, null, "pending"],
    failed: [null, null, null, null, "pending"],
    cancelled: [null, null, null, null, "pending"],
  } as const;

  for (const from of deliveryStatuses) {
    for (const [index, change] of deliveryChanges.entries()) {
      test(`${from} + ${change} → ${table[from][index] ?? "refused"}`, () => {
        expect(nextStatus(from, change)).toBe(table[from][index]);
      });
    }
  }

  test("only a requeue leaves an end state", () => {
    for (const change of deliveryChanges.filter((each) => each !== "requeue")) {
      expect(statusesBefore(change)).toEqual(["pending"]);
    }
    expect(statusesBefore("requeue")).toEqual(deliveryStatuses);
  });
});
