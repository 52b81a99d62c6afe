import { defineConfig } from "vitest/config";

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
