import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes long goes first: at the end, one worker would wait for the other. */
const longest = ["/drills/test/", "/console/test/", "/bench/test/", "/server/test/"];

/**
 * The drills wait for leases most of their time: whatever else there is runs beside them. Last,
 * they would run alone, and everything would take 100 s more.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((folder) => moduleId.includes(folder));
      return found === -1 ? longest.length : found;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: [
      "bench/test/**/*.test.ts",
      "drills/test/**/*.test.ts",
      "drills/src/**/*.test.ts",
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "tools/**/*.test.ts",
    ],
    environment: "node",
    sequence: { sequencer: LongestFirst },
    globalSetup: [
      "packages/server/src/testing/global-setup.ts",
      "packages/console/test/support/global-setup.ts",
    ],
    pool: "forks",
    // Two cores are all there is; more workers only make timings lie.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
