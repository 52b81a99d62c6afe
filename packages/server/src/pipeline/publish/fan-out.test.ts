/** What is known of an org's size, and how long. */
import { expect, test } from "vitest";
import { limits } from "../../limits.ts";
import type { NewEvent, PublishOutcome } from "../../store/store.ts";
import { FanOutSizes } from "./fan-out.ts";

const event: NewEvent = {
  id: "01890000-0000-7000-8000-000000000001",
  orgId: "org",
  type: "scan.completed",
  timestampMs: 0,
  dataJson: "{}",
  idempotencyKey: null,
  requestHash: null,
  schemaWarning: null,
  onlyEndpointId: null,
};
const wide: PublishOutcome = { kind: "stored", deliveries: [], fanOut: "wide" };

test("an org that shrank is looked at again, although it goes on publishing", () => {
  let nowMs = 0;
  const sizes = new FanOutSizes({
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after: () => () => undefined,
  });
  const publish = (): readonly string[] => {
    const laterOrgIds = sizes.laterOrgIds([event]);
    sizes.learn([event], [wide], laterOrgIds);
    return laterOrgIds;
  };
  expect(publish()).toEqual([]);
  nowMs = limits.fanOutSizesMs / 2;
  expect(publish()).toEqual(["org"]);
  nowMs = limits.fanOutSizesMs + 1;
  expect(publish()).toEqual([]);
});
