/** `posthorn upgrade-database`: moves an embedded database to this version's PostgreSQL. */
import path from "node:path";
import { withCopyClient } from "../../backup/connect.ts";
import type { RowCounts } from "../../backup/format.ts";
import { loadDatabase } from "../../backup/load.ts";
import { saveDatabase } from "../../backup/save.ts";
import type { Config } from "../../config/config.ts";
import { upgradeCluster, type UpgradeOptions, type Upgraded } from "../../embedded/upgrade.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { rowsIn } from "./rows.ts";

export interface Moved {
  readonly rows: RowCounts;
  /** Roles and tables that do not belong to Posthorn, and stay in the old database. */
  readonly leftBehind: readonly string[];
}

export interface UpgradeCommandOptions extends Pick<
  UpgradeOptions<Moved>,
  "oldBinDir" | "binaries" | "outsideDir" | "settings"
> {
  readonly config: Config;
  readonly stopping?: AbortSignal;
}

/**
 * @returns null if there is nothing to do.
 * @throws PosthornError `PH_CONFIG_INVALID` if DATABASE_URL is set, and those of `upgradeCluster`.
 */
export async function upgradeDatabase({
  config,
  stopping,
  ...options
}: UpgradeCommandOptions): Promise<Upgraded<Moved> | null> {
  if (config.databaseUrl !== null) {
    throw new PosthornError("PH_CONFIG_INVALID", {
      variable: "DATABASE_URL",
      allowed: "no value, because this command moves an embedded database",
    });
  }
  const dataDir = path.resolve(config.dataDir);
  return upgradeCluster({ ...options, dataDir, copy: (from, to) => copy(from, to, stopping) });
}

/** A backup that is restored as it is read: the same snapshot, checks and counts. */
async function copy(fromUrl: string, toUrl: string, stopping?: AbortSignal): Promise<Moved> {
  return withCopyClient(fromUrl, async (connected) => {
    const { rows: others } = await connected.client.query<{ name: string }>(leftBehindSql);
    const source = saveDatabase(connected, () => undefined, stopping);
    const { rows } = await loadDatabase({ connectionString: toUrl, source, stopping });
    return { rows, leftBehind: others.map(({ name }) => name) };
  });
}

const leftBehindSql = `
select 'role ' || rolname as name from pg_roles
where rolname not like 'pg\\_%' and rolname not in (current_user, 'posthorn_tenant')
union all
select 'table ' || schemaname || '.' || tablename from pg_tables
where schemaname not in ('posthorn', 'pg_catalog', 'information_schema')
order by name`;

export function describeUpgrade(upgraded: Upgraded<Moved> | null): string {
  if (upgraded === null) return "The database already has this version's PostgreSQL.\n";
  const { from, to, oldDir, copied } = upgraded;
  const others =
    copied.leftBehind.length === 0
      ? ""
      : `Not moved, because they are not Posthorn's: ${copied.leftBehind.join(", ")}.\n`;
  return (
    `Moved the database from PostgreSQL ${from} to ${to}: ${rowsIn(copied.rows)} rows.\n${others}` +
    `The old files are in ${oldDir}. Start the service, and delete that folder when you no longer ` +
    "need it.\n"
  );
}
