import { describe, expect, test } from "vitest";
import { judge, type FinalDelivery } from "./oracle.ts";
import { Ledger, type Arrival } from "./parts/ledger.ts";

const options = { attemptsMax: 3 };
const endpointId = "endpoint-1";
const startMs = 1_000_000;

/** One event that was acknowledged, arrived once, and is delivered. */
function kept(): { ledger: Ledger; delivery: FinalDelivery; arrival: Arrival } {
  const ledger = new Ledger();
  ledger.endpoints.set("org-1", [endpointId]);
  const acknowledged = { eventId: "event-1", atMs: startMs };
  ledger.publications.set("key-1", {
    key: "key-1",
    orgId: "org-1",
    dataJson: "{}",
    begunAtMs: startMs,
    acknowledged,
  });
  const arrival: Arrival = {
    endpointId,
    eventId: "event-1",
    key: "key-1",
    atMs: startMs + 5,
    signedAtSeconds: startMs / 1000,
    status: 200,
    fault: null,
  };
  ledger.arrivals.push(arrival);
  const delivery: FinalDelivery = {
    id: "delivery-1",
    event_id: "event-1",
    endpoint_id: endpointId,
    status: "delivered",
    attempts: 1,
  };
  return { ledger, delivery, arrival };
}

describe("a broken promise is detected", () => {
  test("there is no violation if every promise is kept", () => {
    const { ledger, delivery } = kept();
    expect(judge(ledger, [delivery], options)).toEqual({
      violations: [],
      deliveriesOwed: 1,
      duplicates: 0,
    });
  });

  const lies: Readonly<Record<string, (parts: ReturnType<typeof kept>) => FinalDelivery[]>> = {
    "1 × lost": ({ ledger }) => {
      ledger.arrivals.length = 0;
      return [];
    },
    "1 × stuck": ({ delivery }) => [{ ...delivery, status: "pending" }],
    "1 × never seen": ({ ledger, delivery }) => {
      ledger.arrivals.length = 0;
      return [delivery];
    },
    "1 × bad signature": ({ ledger, delivery, arrival }) => {
      ledger.arrivals[0] = { ...arrival, fault: "The signature is wrong." };
      return [delivery];
    },
    "1 × never published": ({ ledger, delivery, arrival }) => {
      ledger.arrivals[0] = { ...arrival, key: "key-2" };
      return [delivery];
    },
    "1 × another org's": ({ ledger, delivery, arrival }) => {
      const other = { ...arrival, endpointId: "endpoint-2" };
      ledger.endpoints.set("org-2", ["endpoint-2"]);
      ledger.arrivals.push(other);
      return [delivery, { ...delivery, endpoint_id: "endpoint-2" }];
    },
    "1 × two ids for one key": ({ ledger, delivery, arrival }) => {
      ledger.arrivals.push({ ...arrival, eventId: "event-2" });
      return [delivery, { ...delivery, event_id: "event-2" }];
    },
    "1 × sent but not stored": ({ ledger, arrival }) => {
      ledger.publications.get("key-1")!.acknowledged = null;
      ledger.arrivals[0] = arrival;
      return [];
    },
    "1 × above the schedule": ({ delivery }) => [{ ...delivery, attempts: 4 }],
    "1 × sent again without a reason": ({ ledger, delivery, arrival }) => {
      ledger.arrivals.push({ ...arrival, atMs: startMs + 60_000 });
      return [delivery];
    },
    "1 × refused": ({ ledger, delivery }) => {
      ledger.refusals.push("A publish request got status 500.");
      return [delivery];
    },
  };
  for (const [complaint, distort] of Object.entries(lies)) {
    test(complaint, () => {
      const parts = kept();
      const { violations } = judge(parts.ledger, distort(parts), options);
      expect(violations).toEqual([expect.stringMatching(`^${complaint}:`)]);
    });
  }
});

describe("every duplicate needs its own explanation", () => {
  const judged = (faultsAtMs: readonly number[], arrivalsAtMs: readonly number[], replays = 0) => {
    const { ledger, delivery, arrival } = kept();
    ledger.arrivals.length = 0;
    for (const atMs of arrivalsAtMs) ledger.arrivals.push({ ...arrival, atMs });
    for (const atMs of faultsAtMs) ledger.faults.push({ what: "kill -9", atMs });
    ledger.replays.set(endpointId, replays);
    return judge(ledger, [delivery], options);
  };

  test("one fault explains one duplicate", () => {
    const { violations, duplicates } = judged([startMs + 10], [startMs, startMs + 60_000]);
    expect([violations, duplicates]).toEqual([[], 1]);
  });

  test("one replay explains one duplicate", () => {
    const asked = judged([], [startMs, startMs + 60_000], 1);
    expect(asked.violations).toEqual([]);
    const twice = judged([], [startMs, startMs + 60_000, startMs + 90_000], 1);
    expect(twice.violations).toHaveLength(1);
  });

  test("one fault does not explain two duplicates", () => {
    const { violations } = judged([startMs + 10], [startMs, startMs + 60_000, startMs + 120_000]);
    expect(violations).toHaveLength(1);
  });

  test("a fault long before or after a duplicate does not explain it", () => {
    expect(judged([startMs - 60_000], [startMs, startMs + 60_000]).violations).toHaveLength(1);
    expect(judged([startMs + 30_000], [startMs, startMs + 60_000]).violations).toHaveLength(1);
    expect(judged([startMs + 70_000], [startMs, startMs + 60_000]).violations).toHaveLength(1);
  });
});
