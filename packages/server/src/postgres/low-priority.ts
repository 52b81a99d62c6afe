/**
 * Lowers the CPU priority of the server process behind a connection, if it runs on this machine as
 * this user, like the embedded server. A query that keeps a CPU busy then yields to the pipeline's
 * statements and to this program. The drill `hard-reader` in docs/reliability.md measures the
 * effect on 2 cores.
 */
import { readFile } from "node:fs/promises";
import { setPriority } from "node:os";
import type pg from "pg";

/**
 * Gives the process a tenth of a normal process's share of CPU time. With 19, the lowest priority,
 * a query could hold a lock for too long.
 */
const niceness = 10;

/** The driver's fields that identify a connection. */
interface Connected {
  readonly processID?: unknown;
  readonly connection?: { readonly stream?: { readonly localPort?: unknown } };
}

/** @returns false if the process is on another machine, belongs to another user, or is unknown. */
export async function lowerPriority(client: pg.ClientBase): Promise<boolean> {
  const { processID: pid, connection } = client as unknown as Connected;
  const port = connection?.stream?.localPort;
  if (typeof pid !== "number" || typeof port !== "number") return false;
  try {
    // If the server is on another machine or behind a pooler, this id belongs to another process.
    // So the title must match: that of a server process contains its client's port.
    const title = await readFile(`/proc/${pid}/cmdline`, "latin1");
    if (!title.startsWith("postgres: ") || !title.includes(`(${port})`)) return false;
    setPriority(pid, niceness);
    return true;
  } catch {
    return false;
  }
}
