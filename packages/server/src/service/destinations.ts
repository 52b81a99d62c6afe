/** Creates the kinds of destinations to which a node can send. */
import type { Bounds } from "../config/bounds.ts";
import type { Config } from "../config/config.ts";
import { limits } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { RebuildRequestOptions } from "../pipeline/dispatch/rebuild-request.ts";
import type { Destinations, Transport } from "../pipeline/ports.ts";
import type { Pool } from "../postgres/pool.ts";
import { Terminals, terminalHeaders } from "../terminals/terminals.ts";
import {
  createTransport,
  httpDestination,
  wireHeaders,
  type OwnReceivers,
} from "../transport/index.ts";
import { Sandbox } from "../sandbox/sandbox.ts";
import { version } from "../version.ts";
import { systemRandom, type DatabaseClock } from "./database-clock.ts";

const userAgent = `Posthorn/${version}`;

/** The headers of a request as each kind of destination sends them. */
export const sentHeaders: Pick<RebuildRequestOptions, "wireHeaders" | "terminalHeaders"> = {
  wireHeaders: (url, request) => wireHeaders(url, request, userAgent),
  terminalHeaders: (headers) => terminalHeaders(headers, userAgent),
};

export interface DestinationDependencies {
  readonly config: Config;
  readonly ownReceivers: OwnReceivers;
  readonly bounds: Bounds;
  readonly pool: Pool;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
}

/**
 * @param onConnected called when a terminal has connected, so that its deliveries can be claimed.
 */
export function openDestinations(
  { config, ownReceivers, bounds, pool, clock, logger }: DestinationDependencies,
  onConnected: () => void,
): {
  readonly transport: Transport;
  readonly terminals: Terminals;
  readonly destinations: Destinations;
  readonly sandbox: Sandbox;
} {
  const transport = createTransport({
    allowCidrs: config.allowCidrs,
    userAgent,
    own: ownReceivers,
    bounds: { originsMax: limits.originPoolsMax, socketsMax: bounds.socketsMax },
  });
  const terminals = new Terminals({
    database: pool,
    clock,
    random: systemRandom,
    userAgent,
    onConnected,
    onError: (error) => logger.warn({ error }, "recording a terminal failed"),
  });
  return {
    transport,
    terminals,
    destinations: { http: httpDestination(transport), cli: terminals },
    sandbox: new Sandbox(clock),
  };
}
