import { hostsOf } from "../postgres/hosts.ts";
import { waitForDatabase } from "../postgres/wait.ts";

/** Waits until the database is up, and logs that the command is waiting. */
export async function waitUntilUp(connectionString: string, waitMs: number): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`posthorn: ${line}\n`);
  await waitForDatabase({ hosts: hostsOf(connectionString), waitMs, log });
}
