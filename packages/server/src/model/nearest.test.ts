import { describe, expect, test } from "vitest";
import { nearestName } from "./nearest.ts";

describe("the nearest name", () => {
  const known = ["order.", "invoice.", "scan."];

  test.each([
    ["scna.", "scan."],
    ["orders.", "order."],
    ["invoce.", "invoice."],
    ["payout.", null],
    ["", null],
  ])("of %s is %s", (name, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });

  test("is the first of equally similar ones", () => {
    expect(nearestName("ax", ["ab", "ac"])).toBe("ab");
  });
});
