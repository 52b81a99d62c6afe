/** Puts every service of a test run behind PgBouncer in transaction mode: `npm run test:pooler`. */
import type { TestProject } from "vitest/node";
import { hasPgBouncer, startPgBouncer } from "../../../src/testing/pgbouncer.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The pooler's port to which services connect; undefined in ordinary runs. */
    readonly poolerPort?: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!hasPgBouncer) {
    throw new Error(
      "PgBouncer is not installed (Debian's package: pgbouncer), so nothing was run.",
    );
  }
  const { postgresUrl } = project.getProvidedContext();
  const pooler = await startPgBouncer({
    serverUrl: postgresUrl,
    mode: "transaction",
    // Several services run at once, and each test file has a database of its own.
    settings: { max_client_conn: "500" },
  });
  project.provide("poolerPort", pooler.port);
  return () => pooler.stop();
}
