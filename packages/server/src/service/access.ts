/** Creates the parts that decide who may call the API and what a caller can read. */
import type { AppDependencies } from "../http/app.ts";
import type { Logger } from "../observe/log.ts";
import type { Pool } from "../postgres/pool.ts";
import { Tenants, type TenantsOptions } from "../postgres/tenants.ts";
import { Authenticator, Sessions } from "../registry/index.ts";
import { type DatabaseClock, systemRandom } from "./database-clock.ts";

export interface AuthenticationOptions {
  readonly pool: Pool;
  readonly tenants: Tenants;
  readonly clock: DatabaseClock;
  readonly adminKey: string;
}

export function authentication({
  pool: database,
  tenants,
  clock,
  adminKey,
}: AuthenticationOptions): Pick<AppDependencies, "authenticator" | "sessions"> {
  return {
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
