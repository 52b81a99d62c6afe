/** The requirements for every store. Each implementation's test file runs this suite. */
import { afterAll, beforeAll, describe } from "vitest";
import { describePublishAndClaim } from "./testing/leases-and-fan-out.ts";
import { describeFanningOut } from "./testing/fanning-out.ts";
import { describeExpiring, describeHeartbeat } from "./testing/expiring.ts";
import { describeSettling } from "./testing/settling.ts";
import { describeWaiting } from "./testing/waiting.ts";
import { StoreTester, type StoreFixture } from "./testing/store-tester.ts";

export type { StoreFixture } from "./testing/store-tester.ts";

export function describeStore(name: string, setUp: () => Promise<StoreFixture>): void {
  describe(name, () => {
    let tester: StoreTester;
    beforeAll(async () => {
      tester = new StoreTester(await setUp());
    });
    afterAll(() => tester.fixture.close());

    describePublishAndClaim(() => tester);
    describeFanningOut(() => tester);
    // This runs before the tests that use the reaper, because nothing can be published below its
    // watermark.
    describeExpiring(() => tester);
    describeHeartbeat(() => tester);
    describeSettling(() => tester);
    describeWaiting(() => tester);
  });
}
