/**
 * Lowers the CPU priority of the server process behind a connection, if that process runs on this
 * machine as this user, for example the embedded server. A query that keeps a CPU busy then yields
 * to the pipeline's statements and to this program. Measured on 2 cores, see the drill
 * `hard-reader` in docs/reliability.md.
 */
import { readFile } from "node:fs/promises";
import { setPriority } from "node:os";
import type pg from "pg";

/**
 * A tenth of an ordinary process's share. At 19, the lowest priority, it could hold a lock too
 * long.
 */
const niceness = 10;

/** The driver's facts about a connection. */
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
    // On another machine, or behind a pooler, the id belongs to some other process. A server's
    // process shows its client's port in its title.
    const title = await readFile(`/proc/${pid}/cmdline`, "latin1");
    if (!title.startsWith("postgres: ") || !title.includes(`(${port})`)) return false;
    setPriority(pid, niceness);
    return true;
  } catch {
    return false;
  }
}
