import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The drills wait for leases most of their time: whatever else there is runs beside them. Last,
 * they would run alone, and everything would take 100 s more.
 */
class DrillsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isDrill = ({ moduleId }: TestSpecification): boolean => moduleId.includes("/drills/");
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own
    const sorted = await super.sort(files);
    return [...sorted.filter((each) => isDrill(each)), ...sorted.filter((each) => !isDrill(each))];
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
    sequence: { sequencer: DrillsFirst },
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
