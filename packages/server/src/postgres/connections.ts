/** How a node divides its database connections. */
import { limits } from "../limits.ts";

export interface ConnectionShares {
  /** The connections for the pipeline, authentication, `/readyz` and background work. */
  readonly service: number;
  /** The connections for queries of API callers. */
  readonly queries: number;
}

/** @param total the number of connections, at least 2. The shares add up to it. */
export function connectionShares(total: number): ConnectionShares {
  const share = Math.floor(total * limits.queryConnectionsShare);
  const queries = Math.min(limits.queryConnectionsMax, Math.max(1, share));
  return { service: total - queries, queries };
}
