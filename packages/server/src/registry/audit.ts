/**
 * What the audit tells of a thing: SQL for its state, by the API's names for its columns, to be
 * given to `posthorn.changes_between`. A column that is not listed here is not told.
 */
import type { AuditSubject } from "../model/audit.ts";

/**
 * A URL's query may be a credential, and the audit outlives the endpoint by a year: its digest
 * stands for it, so that a change can be seen.
 *
 * @param column SQL of the URL.
 */
export function urlState(column: string): string {
  const query = `substring(${column} from '[?](.*)$')`;
  return `(regexp_replace(${column}, '[?].*$', '') || coalesce('?sha256=' || ${digest(query)}, ''))`;
}

/**
 * Of `posthorn.endpoints as endpoint`. Header values may be credentials, as the URL's query:
 * digests instead.
 */
export const endpointState = `jsonb_build_object(
  'url', ${urlState("endpoint.url")},
  'events', endpoint.event_types,
  'is_active', endpoint.is_active,
  'contract', endpoint.contract,
  'description', endpoint.description,
  'headers', (
    select jsonb_object_agg(name, ${digest("value")})
    from json_each_text(endpoint.headers) as header (name, value)),
  'in_flight_max', endpoint.in_flight_max,
  'rate_per_second', endpoint.rate_per_second)`;

/** Of `posthorn.event_types as type`. Schema and example may be large: digests stand for them. */
export const eventTypeState = `jsonb_build_object(
  'description', type.description,
  'schema', ${digest("type.schema::text")},
  'example', ${digest("type.example::text")},
  'schema_check', type.schema_check)`;

function digest(text: string): string {
  return `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;
}

export interface ChangedRow {
  id: string;
  org_id: string | null;
  changes: Record<string, unknown>;
}

export function subjectsOf(rows: readonly ChangedRow[]): readonly AuditSubject[] {
  return rows.map((row) => ({ id: row.id, orgId: row.org_id, changes: row.changes }));
}
