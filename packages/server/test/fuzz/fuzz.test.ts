import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { check } from "./check.ts";
import { pureTargets, servedTargets } from "./index.ts";
import { startServed, type Served } from "./served.ts";
import type { OpenTarget } from "./target.ts";

/** Another in each run would find more, and fail where nobody changed anything. */
const seed = 20_261_123;

async function findsNothing(opened: OpenTarget, cases: number): Promise<void> {
  try {
    const result = await check(opened, { cases, seed });
    expect(result).toMatchObject({ cases, counterexample: null });
  } finally {
    await opened.close?.();
  }
}

describe("a short run of the fuzzer finds nothing", () => {
  test.each(pureTargets)("$name", async ({ open, shortCases }) => {
    await findsNothing(await open(), shortCases);
  });

  describe("over a running service", () => {
    let served: Served;
    beforeAll(async () => {
      served = await startServed(inject("postgresUrl"));
    });
    afterAll(() => served.close());

    test.each(servedTargets)("$name", async ({ open, shortCases }) => {
      await findsNothing(await open(served), shortCases);
    });
  });
});
