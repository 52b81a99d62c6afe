/** The tests of publishing, delivering and replaying, with every service behind PgBouncer. */
import { defineConfig, mergeConfig } from "vitest/config";
import ordinary from "./vitest.config.ts";

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

const merged = mergeConfig(
  ordinary,
  defineConfig({ test: { globalSetup: ["packages/server/test/support/pooler/global-setup.ts"] } }),
);

export default {
  ...merged,
  test: { ...merged.test, include: files.map((name) => `packages/server/test/${name}.test.ts`) },
};
