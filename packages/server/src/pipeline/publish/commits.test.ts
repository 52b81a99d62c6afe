import { expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { systemClock } from "../../service/database-clock.ts";
import { BlockedError, type NewEvent } from "../../store/store.ts";
import { newEvent } from "../../store/testing/store-tester.ts";
import type { Clock } from "../ports.ts";
import { Commits } from "./commits.ts";

interface Commit {
  readonly orgs: readonly string[];
  readonly lockWaitMs: number;
}

/**
 * Creates commits on a store in which another session locks an org or a key. The clock is manual.
 */
function commitsWith(isHeld: (event: NewEvent) => boolean): {
  readonly commits: Commits;
  readonly made: Commit[];
  wait(ms: number): void;
} {
  const made: Commit[] = [];
  let aheadMs = 0;
  const clock: Clock = {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    after: (delayMs, work) => systemClock.after(delayMs, work),
  };
  const commits = new Commits({
    clock,
    async store(events, lockWaitMs) {
      made.push({ orgs: events.map(({ orgId }) => orgId), lockWaitMs });
      if (events.some(isHeld)) {
        aheadMs += lockWaitMs;
        throw new BlockedError(new Error("55P03"));
      }
      return events.map(() => ({ kind: "stored", deliveries: [], fanOut: "done" }));
    },
  });
  return { commits, made, wait: (ms) => (aheadMs += ms) };
}

const heldOrg = (event: NewEvent): boolean => event.orgId === "held";
const heldKey = (event: NewEvent): boolean => event.idempotencyKey === "held";

/** The result of each call. */
function storeAll(commits: Commits, events: readonly NewEvent[]): Promise<string[]> {
  return Promise.all(
    events.map((event) =>
      commits.store([event], 1).then(
        () => "stored",
        (error: unknown) => (error instanceof Error ? error.name : "?"),
      ),
    ),
  );
}

const orgs = ["a", "b", "held", "c"];
const outcomes = ["stored", "stored", "BlockedError", "stored"];

test("finds a blocked org by halving, and rejects it after its own wait", async () => {
  const { commits, made } = commitsWith(heldOrg);
  expect(
    await storeAll(
      commits,
      orgs.map((org) => newEvent(org)),
    ),
  ).toEqual(outcomes);
  expect(made).toEqual([
    { orgs: ["a", "b", "held", "c"], lockWaitMs: limits.publishLockWaitMs },
    { orgs: ["a", "b"], lockWaitMs: limits.publishLockWaitAgainMs },
    { orgs: ["held", "c"], lockWaitMs: limits.publishLockWaitAgainMs },
    { orgs: ["held"], lockWaitMs: limits.publishLockWaitAgainMs },
    { orgs: ["c"], lockWaitMs: limits.publishLockWaitAgainMs },
    { orgs: ["held"], lockWaitMs: limits.publishApartLockWaitMs },
  ]);
});

test("gives a blocked org separate commits, until the org was free for a while", async () => {
  const { commits, made, wait } = commitsWith(heldOrg);
  const events = (): NewEvent[] => orgs.map((org) => newEvent(org));
  await storeAll(commits, events());
  made.splice(0);
  expect(await storeAll(commits, events())).toEqual(outcomes);
  expect(made.map((each) => each.orgs)).toEqual([["a", "b", "c"], ["held"]]);
  wait(limits.publishApartMs);
  made.splice(0);
  await storeAll(commits, events());
  expect(made[0]?.orgs).toEqual(orgs);
});

test("stores everything else of an org with a locked key", async () => {
  const { commits } = commitsWith(heldKey);
  const keys = ["x", "held", null, "y"];
  const events = keys.map((idempotencyKey) => newEvent("one", { idempotencyKey }));
  expect(await storeAll(commits, events)).toEqual(["stored", "BlockedError", "stored", "stored"]);
});

test("gives up an org with many locked keys after a time, and delays no other org", async () => {
  const { commits, made } = commitsWith(heldOrg);
  await storeAll(commits, [newEvent("held")]);
  made.splice(0);
  const many = Array.from({ length: 100 }, () => newEvent("held"));
  expect(new Set(await storeAll(commits, many))).toEqual(new Set(["BlockedError"]));
  const waitedMs = made.reduce((sum, { lockWaitMs }) => sum + lockWaitMs, 0);
  expect(waitedMs).toBeLessThanOrEqual(limits.publishBlockedMs + limits.publishApartLockWaitMs);
});

test("remembers a limited number of blocked orgs, and forgets the oldest first", async () => {
  const { commits, made } = commitsWith((event) => event.orgId.startsWith("held"));
  const mark = (org: string): Promise<string[]> => storeAll(commits, [newEvent(org)]);
  await mark("held");
  made.splice(0);
  await mark("held");
  // The node knows that the key is locked, so this call gets a separate commit.
  expect(made.map((each) => each.lockWaitMs)).toEqual([limits.publishApartLockWaitMs]);
  expect(limits.publishApartCommitsMax).toBeLessThanOrEqual(limits.publishCommitsMax);
  expect(limits.publishBlockedOrgsMax).toBeGreaterThan(limits.publishEventsPerCommitMax);
});
