/** An internal address that no delivery may reach, and two endpoints that point to it. */
import { createServer, type AddressInfo } from "node:net";
import { call, rowOf } from "./api.ts";
import type { DrillDatabase } from "./database.ts";
import type { Node } from "./node.ts";

/** A loopback address outside the range that the drill's nodes may connect to. */
const canaryAddress = "127.0.0.2";

export interface SsrfCanary {
  readonly url: string;
  /** How many connections it has accepted. Any connection is a failure. */
  readonly accepted: number;
  close(): Promise<void>;
}

export async function startSsrfCanary(): Promise<SsrfCanary> {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, canaryAddress, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${canaryAddress}:${port}/`,
    get accepted() {
      return accepted;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface SsrfCanaryEndpoints {
  /** The org of the endpoint that points to the canary. */
  readonly orgId: string;
  /** Whether the API rejected an endpoint with the canary's URL. */
  readonly isRefused: boolean;
}

/**
 * Tries to create an endpoint with the canary's URL. Then creates one with an allowed URL, and
 * changes the URL in the database. This bypasses the check at registration, so only the check
 * before each connection can prevent the request.
 */
export async function addSsrfCanaryEndpoints(
  { url }: Node,
  database: DrillDatabase,
  urls: { readonly canary: string; readonly allowed: string },
): Promise<SsrfCanaryEndpoints> {
  const orgId = crypto.randomUUID();
  const refused = await call(url, "POST", "webhook_endpoints", { org_id: orgId, url: urls.canary });
  const fields = { org_id: orgId, url: urls.allowed };
  const { id } = await rowOf(url, "POST", "webhook_endpoints", fields);
  await database.query("update posthorn.endpoints set url = $1 where id = $2", [urls.canary, id]);
  return { orgId, isRefused: refused.status === 400 };
}
