/** The tests of publishing, delivering and replaying, with every service behind PgBouncer. */
import { defineConfig } from "vitest/config";
import { common, commonTest } from "./vitest.config.ts";

const files = [
  "attempt-details",
  "cadana",
  "cda",
  "delivery",
  "erase",
  "failing-endpoints",
  "functions",
  "keys",
  "rest-writes",
  "row-security",
  "scheduled-secrets",
  "sent-request",
  "statistics",
  "supabase",
];

export default defineConfig({
  ...common,
  test: {
    ...commonTest,
    include: files.map((name) => `packages/server/test/*/${name}.test.ts`),
    globalSetup: [
      "packages/server/src/testing/global-setup.ts",
      "packages/server/test/support/pooler/global-setup.ts",
    ],
    maxWorkers: 2,
  },
});
