/**
 * Prepares a whole test run: database servers, the console, the command and the browser. At once,
 * because each step uses about one core.
 */
import type { TestProject } from "vitest/node";
import unpackChromium from "../packages/console/test/support/chromium/global-setup.ts";
import buildConsole from "../packages/console/test/support/global-setup.ts";
import startServers from "../packages/server/src/testing/global-setup.ts";
import { bundleCommand } from "../packages/server/test/support/bundle-setup.ts";

type Teardown = () => Promise<void>;

export default async function setup(project: TestProject): Promise<Teardown> {
  const outcomes = await Promise.allSettled<Teardown | void>([
    startServers(project),
    buildConsole(),
    bundleCommand(),
    unpackChromium(project),
  ]);
  const teardown = async (): Promise<void> => {
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") await outcome.value?.();
    }
  };
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure === undefined) return teardown;
  await teardown();
  throw failure.reason;
}
