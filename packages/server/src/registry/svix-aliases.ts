/**
 * The ids that imported applications and endpoints had on their Svix server. Svix's API computes
 * its ids, so it looks here only for an id that it cannot have computed.
 */
import { limits } from "../limits.ts";
import { ExpiringMap } from "../model/expiring-map.ts";
import { externalIdProblem, parseOrgId, type OrgId } from "../model/org-id.ts";
import { hasSvixPrefix, uuidOfSvixId } from "../model/svix-id.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";

export interface SvixAlias {
  readonly orgId: string;
  /** Null for an application. */
  readonly endpointId: string | null;
}

interface AliasRow {
  org_id: string;
  endpoint_id: string | null;
}

export class SvixAliases {
  readonly #database: Queryable;
  readonly #known: ExpiringMap<SvixAlias>;

  constructor(database: Queryable, clock: Pick<Clock, "monotonicMs">) {
    this.#database = database;
    const { svixAliasMs, svixAliasesMax } = limits;
    this.#known = new ExpiringMap(() => clock.monotonicMs(), svixAliasMs, svixAliasesMax);
  }

  /**
   * Returns what an id of another Svix server means here; null if nothing was imported with it.
   * Only applications are remembered, because every publish names one. An endpoint's id may mean
   * another endpoint a moment later, if the first one was deleted and imported again.
   */
  async find(svixId: string): Promise<SvixAlias | null> {
    const known = this.#known.get(svixId);
    if (known !== undefined) return known;
    const alias = await readAlias(this.#database, svixId);
    if (alias?.endpointId === null) this.#known.set(svixId, alias);
    return alias;
  }
}

/**
 * Returns the org of an application's id or uid, whether it exists or not; null for text that can
 * be neither. An id of another Svix server that was not imported is treated as a uid.
 */
export async function orgOfApp(
  aliases: Pick<SvixAliases, "find">,
  text: string,
): Promise<OrgId | null> {
  if (hasSvixPrefix("app", text)) {
    const id = uuidOfSvixId("app", text) ?? (await aliases.find(text))?.orgId ?? null;
    if (id !== null) return { id, externalId: null };
  }
  return externalIdProblem(text) === null ? parseOrgId(text) : null;
}

/** Returns null if nothing was imported with the id, or if its endpoint was deleted. */
export async function readAlias(database: Queryable, svixId: string): Promise<SvixAlias | null> {
  const { rows } = await database.query<AliasRow>({
    name: "svix_alias",
    text: `select alias.org_id, alias.endpoint_id from posthorn.svix_aliases as alias
           left join posthorn.endpoints as endpoint on endpoint.id = alias.endpoint_id
           where alias.svix_id = $1 and endpoint.deleted_at is null`,
    values: [svixId],
  });
  const row = rows[0];
  return row === undefined ? null : { orgId: row.org_id, endpointId: row.endpoint_id };
}

/** True if an application was imported as this org. */
export async function hasAlias(database: Queryable, orgId: string): Promise<boolean> {
  const { rowCount } = await database.query(
    "select from posthorn.svix_aliases where org_id = $1 and endpoint_id is null",
    [orgId],
  );
  return rowCount !== 0;
}

/** Stores an alias. One of an earlier import, whose endpoint was deleted, is replaced. */
export async function saveAlias(
  transaction: Queryable,
  svixId: string,
  { orgId, endpointId }: SvixAlias,
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.svix_aliases (svix_id, org_id, endpoint_id, created_at)
     values ($1, $2, $3, $4)
     on conflict (svix_id) do update
     set org_id = excluded.org_id, endpoint_id = excluded.endpoint_id,
         created_at = excluded.created_at`,
    [svixId, orgId, endpointId, new Date(nowMs).toISOString()],
  );
}
