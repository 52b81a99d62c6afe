import { describe, expect, test } from "vitest";
import { check } from "./check.ts";
import { pureTargets } from "./index.ts";

/** Another in each run would find more, and fail where nobody changed anything. */
const seed = 20_261_123;

describe("a short run of the fuzzer finds nothing", () => {
  test.each(pureTargets)("$name", async ({ open, shortCases }) => {
    const opened = await open();
    try {
      const result = await check(opened, { cases: shortCases, seed });
      expect(result).toMatchObject({ cases: shortCases, counterexample: null });
    } finally {
      await opened.close?.();
    }
  });
});
