import { waitForDatabase } from "../postgres/wait.ts";

/** Waits for a database that is not up yet, and logs that. */
export async function waitUntilUp(connectionString: string, waitMs: number): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`posthorn: ${line}\n`);
  await waitForDatabase({ connectionString, waitMs, log });
}
