/**
 * SQL for the state of an object, as input of `posthorn.changes_between`. It uses the API's column
 * names. The audit does not show columns that are not listed here.
 */
import type { AuditSubject } from "../model/audit.ts";

/**
 * Replaces a URL's query with a digest, so that a change is visible but not the value. The query
 * may be a credential, and audit entries outlive the endpoint by a year.
 * @param column the SQL of the URL.
 */
export function urlState(column: string): string {
  const query = `substring(${column} from '[?](.*)$')`;
  return `(regexp_replace(${column}, '[?].*$', '') || coalesce('?sha256=' || ${digest(query)}, ''))`;
}

/**
 * The state of `posthorn.endpoints as endpoint`. Digests replace the values of headers, because
 * they may be credentials, and that of the transformation, because it may be long.
 */
export const endpointState = `jsonb_build_object(
  'external_id', endpoint.external_id,
  'destination', nullif(endpoint.destination, 'http'),
  'url', ${urlState("endpoint.url")},
  'events', posthorn.subscriptions(
    endpoint.event_types, endpoint.event_prefixes, endpoint.event_groups),
  'channels', endpoint.channels,
  'filter', endpoint.filter,
  'retry_schedule', endpoint.retry_schedule,
  'timeout_seconds', endpoint.timeout_seconds,
  'final_statuses', endpoint.final_statuses,
  'transformation', ${digest("endpoint.transformation")},
  'is_active', endpoint.is_active,
  'paused_until', endpoint.paused_until,
  'contract', endpoint.contract,
  'description', endpoint.description,
  'headers', (
    select jsonb_object_agg(name, ${digest("value")})
    from json_each_text(endpoint.headers) as header (name, value)),
  'in_flight_max', endpoint.in_flight_max,
  'rate_per_second', endpoint.rate_per_second,
  'metadata', (
    select nullif(array_agg(name order by name), '{}')
    from json_object_keys(endpoint.metadata) as name))`;

/**
 * The state of `posthorn.event_types as type`. Digests replace schemas and examples, which may be
 * large.
 */
export const eventTypeState = `jsonb_build_object(
  'description', type.description,
  'schema', ${digest("type.schema::text")},
  'example', ${digest("type.example::text")},
  'schema_check', type.schema_check,
  'group_name', type.group_name,
  'is_deprecated', nullif(type.is_deprecated, false),
  'feature_flag', type.feature_flag,
  'archived', nullif(type.archived, false),
  'schemas', ${digest("type.schemas::text")},
  'token_flags', type.token_flags)`;

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
