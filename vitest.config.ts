import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes long goes first: at the end, one worker would wait for the other. */
const longest = ["/drills/test/", "/console/test/", "/bench/test/", "/server/test/"];

/** They change or measure the process that they run in, so each has one of its own. */
export const alone = [
  "packages/server/src/**/{*clock,json-text,own-limits,pool,shortage}.test.ts",
  "packages/server/src/**/{connection-tls,tls}.test.ts",
  "packages/server/src/http/**/slow-clients.test.ts",
  "packages/server/test/fuzz/**/*.test.ts",
  "packages/server/test/limits/own-limits.test.ts",
];

/**
 * Not in `npm run test:quick`: programs, browsers, database servers, and whatever else takes more
 * than a few seconds.
 */
export const slow = [
  "bench/test/**/*.test.ts",
  "drills/test/**/*.test.ts",
  "packages/console/test/**/*.test.ts",
  "packages/server/src/**/{embedded*,embedded/*,hosts,migrate,test-database}.test.ts",
  "packages/server/src/**/{claim-cost,claim-races,contended,deadlocks,simulation}.test.ts",
  "packages/server/src/**/{hostile-receivers,pools,reused-sockets}.test.ts",
  "tools/test.test.ts",
  // Rooms in which most files start programs, or wait for retries and timeouts.
  "packages/server/test/{command,delivery,limits,process}/**/*.test.ts",
  "packages/server/test/docs/{readme,snippets}.test.ts",
  // oxfmt-ignore
  ...[
    "access", "audit", "audit-routes", "audit-table", "change-time", "console-origin",
    "console-sessions", "erase", "event-types-in-use", "functions", "hostile-text", "other-orgs",
    "presets", "row-security", "secret-leak", "sql-publish-bounds", "sql-publish-open",
    "statistics", "stream", "strange-role", "timestamps", "tokens",
  ].map((name) => `packages/server/test/{api,security}/${name}.test.ts`),
];

/** At the end there are only short files, so that no worker waits long for another. */
const projects = ["alone", "shared"];

/** By project, because files of one project in a row share a process; then the longest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const found = longest.findIndex((folder) => moduleId.includes(folder));
      const place = found === -1 ? longest.length : found;
      return projects.indexOf(project.name) * (longest.length + 1) + place;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export const every = [
  "bench/test/**/*.test.ts",
  "drills/test/**/*.test.ts",
  "drills/src/**/*.test.ts",
  "packages/*/src/**/*.test.ts",
  "packages/*/test/**/*.test.ts",
  "tools/**/*.test.ts",
];

/** What every project has. */
export const common = {
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
};
export const commonTest = {
  environment: "node",
  pool: "forks",
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Vitest waits one second by default, which is too short on a busy machine.
  expect: { poll: { interval: 20, timeout: 20_000 } },
} as const;

/** What `npm run test:quick` starts before the first test. `tools/global-setup.ts` starts more. */
export const servers = [
  "packages/server/src/testing/global-setup.ts",
  "packages/console/test/support/global-setup.ts",
];

export default defineConfig({
  ...common,
  test: {
    ...commonTest,
    sequence: { sequencer: LongestFirst },
    globalSetup: ["tools/global-setup.ts"],
    // One more than the cores that CI has: many tests wait for a timeout, a retry or a start.
    maxWorkers: 3,
    projects: [
      {
        ...common,
        test: {
          ...commonTest,
          name: "shared",
          include: every,
          exclude: alone,
          // Loading the service takes longer than most tests.
          isolate: false,
        },
      },
      { ...common, test: { ...commonTest, name: "alone", include: alone } },
    ],
  },
});
