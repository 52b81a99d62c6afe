/** `npm run test:quick`: the unit, store and API tests that take seconds. */
import { defineConfig } from "vitest/config";
import { alone, common, commonTest, every, servers, slow } from "./vitest.config.ts";

export default defineConfig({
  ...common,
  test: {
    ...commonTest,
    include: [...every],
    exclude: [...slow, ...alone],
    globalSetup: [...servers],
    isolate: false,
    maxWorkers: 3,
  },
});
