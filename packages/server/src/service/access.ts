/** Creates the parts that decide who may call the API and what a caller can read. */
import type { AppDependencies } from "../http/app.ts";
import { StreamKeys } from "../http/event-stream.ts";
import type { Logger } from "../observe/log.ts";
import type { Pool } from "../postgres/pool.ts";
import { Tenants, type TenantsOptions } from "../postgres/tenants.ts";
import { Authenticator, KnownOrgs, Sessions, SvixAliases } from "../registry/index.ts";
import { type DatabaseClock, systemRandom } from "./database-clock.ts";
import { createSvixTokens } from "./token-checker.ts";

export interface AuthenticationOptions {
  readonly pool: Pool;
  readonly tenants: Tenants;
  readonly clock: DatabaseClock;
  readonly adminKey: string;
  readonly svixJwtSecret: string | null;
}

export type Access = Pick<
  AppDependencies,
  "authenticator" | "knownOrgs" | "sessions" | "streamKeys" | "svixAliases" | "svixTokens"
>;

export function authentication({
  pool: database,
  tenants,
  clock,
  adminKey,
  svixJwtSecret,
}: AuthenticationOptions): Access {
  const svixAliases = new SvixAliases(database, clock);
  return {
    svixAliases,
    svixTokens: createSvixTokens(svixJwtSecret, adminKey, clock, svixAliases),
    knownOrgs: new KnownOrgs(database, clock),
    streamKeys: new StreamKeys(),
    authenticator: new Authenticator({ database, clock, adminKey }),
    sessions: new Sessions({ database, tenants, clock, random: systemRandom, adminKey }),
  };
}

/** Opens database access for API callers. Logs a warning if row security cannot be used. */
export async function openTenants(options: TenantsOptions, logger: Logger): Promise<Tenants> {
  const tenants = await Tenants.open(options);
  if (!tenants.hasRowSecurity) {
    logger.warn(
      "row security is off because the role posthorn_tenant is missing; see docs/security.md",
    );
  }
  return tenants;
}

/**
 * Keys were deleted, possibly by another node.
 *
 * @param payload see `keysChannel`.
 */
export function keysDeleted(
  { authenticator, sessions, streamKeys }: Access,
  payload: string,
): void {
  authenticator.forget();
  sessions.forget();
  streamKeys.deleted(JSON.parse(payload) as readonly string[] | null);
}
