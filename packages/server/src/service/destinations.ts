/** The kinds of destinations that a node can send to. */
import type { Bounds } from "../config/bounds.ts";
import type { Config } from "../config/config.ts";
import { limits } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { Destinations, Transport } from "../pipeline/ports.ts";
import type { Pool } from "../postgres/pool.ts";
import { Terminals } from "../terminals/terminals.ts";
import { createTransport, httpDestination, type OwnReceivers } from "../transport/index.ts";
import { version } from "../version.ts";
import { systemRandom, type DatabaseClock } from "./database-clock.ts";

export const userAgent = `Posthorn/${version}`;

export interface DestinationDependencies {
  readonly config: Config;
  readonly ownReceivers: OwnReceivers;
  readonly bounds: Bounds;
  readonly pool: Pool;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
}

/** @param onConnected called when a terminal has connected, so that its deliveries are claimed. */
export function openDestinations(
  { config, ownReceivers, bounds, pool, clock, logger }: DestinationDependencies,
  onConnected: () => void,
): {
  readonly transport: Transport;
  readonly terminals: Terminals;
  readonly destinations: Destinations;
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
  };
}
