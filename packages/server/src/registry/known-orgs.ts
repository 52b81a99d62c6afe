/**
 * Which orgs exist. A dialect that rejects unknown orgs asks for every publish, so a node remembers
 * orgs for a few seconds.
 */
import { limits } from "../limits.ts";
import { ExpiringMap } from "../model/expiring-map.ts";
import type { OrgId } from "../model/org-id.ts";
import { probeOrgId } from "../model/probe.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";

export interface KnownOrg extends OrgId {
  /** When an earlier org of the same id was erased; null if none was. */
  readonly erasedAtMs: number | null;
}

interface OrgRow {
  external_id: string | null;
  erased_at_ms: number | null;
}

export class KnownOrgs {
  readonly #database: Queryable;
  readonly #known: ExpiringMap<KnownOrg>;

  constructor(database: Queryable, clock: Pick<Clock, "monotonicMs">) {
    this.#database = database;
    this.#known = new ExpiringMap(
      () => clock.monotonicMs(),
      limits.knownOrgMs,
      limits.knownOrgsMax,
    );
  }

  /** Returns a remembered org without a promise; undefined means that `find` must look. */
  remembered(id: string): KnownOrg | undefined {
    return this.#known.get(id);
  }

  /**
   * Returns null for an org that does not exist, that is being erased, or that belongs to the
   * probe.
   */
  async find(id: string): Promise<KnownOrg | null> {
    if (id === probeOrgId) return null;
    const remembered = this.#known.get(id);
    if (remembered !== undefined) return remembered;
    const { rows } = await this.#database.query<OrgRow>({
      name: "known_org",
      text: `select external_id,
               (select extract(epoch from requested_at)::float8 * 1000 from posthorn.erasures
                where org_id = $1) as erased_at_ms
             from posthorn.orgs
             where id = $1 and not exists (
               select from posthorn.erasures where org_id = $1 and finished_at is null)`,
      values: [id],
    });
    const row = rows[0];
    if (row === undefined) return null;
    const org = { id, externalId: row.external_id, erasedAtMs: row.erased_at_ms };
    this.#known.set(id, org);
    return org;
  }

  /** Called when an org is erased on this node. Other nodes notice after `limits.knownOrgMs`. */
  forget(id: string): void {
    this.#known.delete(id);
  }
}
