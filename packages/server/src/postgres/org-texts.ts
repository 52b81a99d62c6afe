/** The platform's texts of orgs, for what is shown without a query of its own. */
import { limits } from "../limits.ts";
import { isComputedOrgId } from "../model/org-id.ts";
import type { Queryable } from "./pool.ts";

/** Texts by internal UUID. An org without a text is missing: its text is the UUID. */
export type OrgTextMap = ReadonlyMap<string, string>;

/** Remembers the texts, which never change. Only computed UUIDs need a lookup. */
export class OrgTexts {
  readonly #database: Queryable;
  readonly #texts = new Map<string, string>();

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** @returns a promise only if a text is not known yet. */
  of(orgIds: Iterable<string>): OrgTextMap | Promise<OrgTextMap> {
    const wanted = [...orgIds].filter(isComputedOrgId);
    const unknown = wanted.filter((id) => !this.#texts.has(id));
    return unknown.length === 0 ? this.#known(wanted) : this.#load(wanted, unknown);
  }

  async #load(wanted: readonly string[], unknown: readonly string[]): Promise<OrgTextMap> {
    const { rows } = await this.#database.query<{ id: string; external_id: string }>({
      name: "org_texts",
      text: `select id, external_id from posthorn.orgs
             where id = any ($1::uuid[]) and external_id is not null`,
      values: [unknown],
    });
    const known = this.#known(wanted);
    if (this.#texts.size + rows.length > limits.orgTextsCachedMax) this.#texts.clear();
    for (const { id, external_id: text } of rows) {
      this.#texts.set(id, text);
      known.set(id, text);
    }
    return known;
  }

  #known(ids: readonly string[]): Map<string, string> {
    const known = new Map<string, string>();
    for (const id of ids) {
      const text = this.#texts.get(id);
      if (text !== undefined) known.set(id, text);
    }
    return known;
  }
}
