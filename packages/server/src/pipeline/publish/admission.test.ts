import { describe, expect, test } from "vitest";
import { PosthornError } from "../../errors/catalogue.ts";
import { Admission, type Arriving } from "./admission.ts";

const eventsOf = (orgId: string, count: number, bytes = 1): Arriving[] =>
  Array.from({ length: count }, () => ({ orgId, dataJson: "x".repeat(bytes) }));

/** Counts how many single events of an org are admitted before one is rejected. */
function takenIn(admission: Admission, orgId: string, bytes = 1): number {
  for (let count = 0; ; count += 1) {
    try {
      admission.enter(eventsOf(orgId, 1, bytes));
    } catch (error) {
      expect(error).toBeInstanceOf(PosthornError);
      expect(error).toMatchObject({ code: "PH_OVERLOADED", retryAfterSeconds: 1 });
      return count;
    }
  }
}

describe("an org that floods", () => {
  test("stops at half of the limit, and leaves the rest to the others", () => {
    const admission = new Admission({ eventsMax: 100, bytesMax: 1_000_000 });
    expect(takenIn(admission, "flood")).toBe(50);
    expect(takenIn(admission, "second")).toBe(25);
    expect(takenIn(admission, "third")).toBe(13);
    expect(takenIn(admission, "flood")).toBe(0);
  });

  test("is also limited by bytes", () => {
    const admission = new Admission({ eventsMax: 1_000, bytesMax: 1_000 });
    expect(takenIn(admission, "flood", 100)).toBe(5);
    expect(takenIn(admission, "second", 100)).toBe(3);
  });

  test("is admitted again when its waiting events are stored", () => {
    const admission = new Admission({ eventsMax: 10, bytesMax: 1_000 });
    expect(takenIn(admission, "flood")).toBe(5);
    admission.leave(eventsOf("flood", 3));
    expect(takenIn(admission, "flood")).toBe(3);
  });
});

test("a call is admitted as a whole, or not at all", () => {
  const admission = new Admission({ eventsMax: 10, bytesMax: 1_000 });
  admission.enter(eventsOf("a", 4));
  expect(() => admission.enter([...eventsOf("b", 1), ...eventsOf("c", 7)])).toThrow(PosthornError);
  // The events of b and c in the rejected call were not counted.
  expect(takenIn(admission, "b")).toBe(3);
});

test("a call larger than the limit is admitted when nothing else waits", () => {
  const admission = new Admission({ eventsMax: 10, bytesMax: 10 });
  const large = eventsOf("a", 1, 1_000);
  admission.enter(large);
  expect(() => admission.enter(eventsOf("a", 1))).toThrow(PosthornError);
  admission.leave(large);
  admission.enter(eventsOf("a", 1));
});
