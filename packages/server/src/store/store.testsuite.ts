/** The requirements for every store, as tests. Each implementation runs this suite. */
import { afterAll, beforeAll, describe } from "vitest";
import { describePublishAndClaim } from "./testing/leases-and-fan-out.ts";
import { describePauses } from "./testing/pauses.ts";
import { describeRouting } from "./testing/routing.ts";
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
    describeRouting(() => tester);
    describePauses(() => tester);
    // Tests of the reaper come last, because they move its watermark, and a publish leases nothing
    // below it.
    describeExpiring(() => tester);
    describeHeartbeat(() => tester);
    describeSettling(() => tester);
    describeWaiting(() => tester);
  });
}
