/** A place inside that no delivery may reach, and two endpoints that would lead there. */
import { createServer, type AddressInfo } from "node:net";
import { call, rowOf } from "./api.ts";
import type { DrillDatabase } from "./database.ts";
import type { Node } from "./node.ts";

/** Of this machine, and beside what the nodes of a drill with a trap are allowed. */
const trapAddress = "127.0.0.2";

export interface Trap {
  readonly url: string;
  /** Connections seen; there should be none. */
  readonly accepted: number;
  close(): Promise<void>;
}

export async function startTrap(): Promise<Trap> {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, trapAddress, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${trapAddress}:${port}/`,
    get accepted() {
      return accepted;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface TrapEndpoints {
  /** Of the endpoint that leads to the trap. */
  readonly orgId: string;
  /** Whether one with the trap's URL was refused. */
  readonly isRefused: boolean;
}

/**
 * Asks for an endpoint with the trap's URL; then makes one with a URL that is allowed, and changes
 * it in the database, past the check of registration: the check before each connection is left.
 */
export async function addTrapEndpoints(
  { url }: Node,
  database: DrillDatabase,
  urls: { readonly trap: string; readonly allowed: string },
): Promise<TrapEndpoints> {
  const orgId = crypto.randomUUID();
  const refused = await call(url, "POST", "webhook_endpoints", { org_id: orgId, url: urls.trap });
  const fields = { org_id: orgId, url: urls.allowed };
  const { id } = await rowOf(url, "POST", "webhook_endpoints", fields);
  await database.query("update posthorn.endpoints set url = $1 where id = $2", [urls.trap, id]);
  return { orgId, isRefused: refused.status === 400 };
}
