/** Endpoints as the pipeline needs them, with their decrypted secrets. */
import type {
  DestinationKind,
  Endpoint,
  EndpointRetry,
  EndpointSecret,
} from "../../model/endpoint.ts";
import { parseSchedule } from "../../model/retry-schedule.ts";
import { parseStatusRange, type StatusRange } from "../../model/status-range.ts";
import type { SecretBox } from "../../model/secret-box.ts";
import type { Queryable } from "../../postgres/pool.ts";

const endpointsSql = `
select endpoint.id, endpoint.org_id,
       (select external_id from posthorn.orgs where orgs.id = endpoint.org_id) as org_external_id,
       endpoint.destination, endpoint.url, endpoint.is_active,
       extract(epoch from endpoint.paused_until) * 1000 as paused_until_ms,
       endpoint.contract, endpoint.headers, endpoint.transformation,
       endpoint.retry_schedule, endpoint.timeout_seconds, endpoint.final_statuses,
       endpoint.in_flight_max, endpoint.rate_per_second, endpoint.version,
       json_agg(
         json_build_object(
           'name', secret.name,
           'ciphertext', secret.ciphertext,
           'expires_at_ms', extract(epoch from secret.expires_at) * 1000,
           'switch_at_ms', extract(epoch from secret.switch_at) * 1000
         )
         -- As in rebuild-request.ts: a header with several signatures has them in this order.
         order by secret.created_version desc, secret.created_at desc
       ) filter (where secret.id is not null) as secrets
from posthorn.endpoints as endpoint
left join posthorn.endpoint_secrets as secret
  on secret.endpoint_id = endpoint.id
  -- Omit secrets that expired over an hour ago. The hour allows for clocks that differ.
  and (secret.expires_at is null or secret.expires_at > now() - interval '1 hour')
where endpoint.id = any ($1::uuid[]) and endpoint.deleted_at is null
group by endpoint.id
`;

interface EndpointRow {
  id: string;
  org_id: string;
  org_external_id: string | null;
  destination: DestinationKind;
  url: string | null;
  is_active: boolean;
  paused_until_ms: string | null;
  contract: string;
  headers: unknown;
  transformation: string | null;
  retry_schedule: string | null;
  timeout_seconds: number | null;
  final_statuses: string[] | null;
  in_flight_max: number;
  rate_per_second: number | null;
  version: string;
  /** The secrets. The driver returns an infinite time as text. */
  secrets: SecretRow[] | null;
}

interface SecretRow {
  name: string | null;
  ciphertext: string;
  expires_at_ms: number | string | null;
  switch_at_ms: number | string | null;
}

export async function endpoints(
  database: Queryable,
  secretBox: SecretBox,
  ids: readonly string[],
): Promise<readonly Endpoint[]> {
  const { rows } = await database.query<EndpointRow>({
    name: "endpoints",
    text: endpointsSql,
    values: [ids],
  });
  return rows.map((row) => endpointOf(row, secretBox));
}

/** Never throws, because one unreadable endpoint must not block the others. */
function endpointOf(row: EndpointRow, secretBox: SecretBox): Endpoint {
  const headers = headersOf(row.headers);
  const retry = retryOf(row);
  const isVersionExact = Number.isSafeInteger(Number(row.version));
  const problem =
    (headers === null ? "The endpoint's headers cannot be read." : null) ??
    (retry === undefined ? "The endpoint's retry schedule cannot be read." : null) ??
    (isVersionExact ? null : "The endpoint's version is too large.") ??
    (row.in_flight_max >= 1 ? null : "The endpoint's limits allow no attempt at all.");
  return {
    id: row.id,
    orgId: row.org_id,
    orgExternalId: row.org_external_id,
    destination: row.destination,
    url: row.url,
    isActive: row.is_active,
    pausedUntilMs: numberOrNull(row.paused_until_ms),
    contract: row.contract,
    headers: headers ?? {},
    transformation: row.transformation,
    retry: retry ?? null,
    // The minimum is 1, because with 0 the endpoint's attempts would wait forever without ever
    // failing.
    inFlightMax: Math.max(row.in_flight_max, 1),
    ratePerSecond: row.rate_per_second,
    version: Number(row.version),
    secrets: openSecrets(row.secrets ?? [], secretBox),
    ...(problem === null ? {} : { problem }),
  };
}

/** A range that cannot be read contains no status, so that its deliveries are retried. */
const noStatus: StatusRange = [0, 0];

/** Returns null without rules of its own, and undefined if the schedule cannot be read. */
function retryOf(row: EndpointRow): EndpointRetry | null | undefined {
  const { retry_schedule: schedule, timeout_seconds: seconds, final_statuses: statuses } = row;
  if (schedule === null && seconds === null && statuses === null) return null;
  try {
    return {
      scheduleMs: schedule === null ? null : parseSchedule(schedule),
      timeoutMs: seconds === null ? null : seconds * 1_000,
      finalStatuses: (statuses ?? []).map((each) => parseStatusRange(each) ?? noStatus),
    };
  } catch {
    return undefined;
  }
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
const headerValue = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Returns null unless the value is an object of valid headers. */
function headersOf(value: unknown): Readonly<Record<string, string>> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const isSendable = Object.entries(value).every(
    ([name, text]) => headerName.test(name) && typeof text === "string" && headerValue.test(text),
  );
  return isSendable ? (value as Record<string, string>) : null;
}

/**
 * Returns an empty list if one secret cannot be decrypted. Nothing can be signed for this endpoint
 * in that case, and its attempts fail. An error here would block the other endpoints of the batch.
 */
function openSecrets(
  secrets: readonly SecretRow[],
  secretBox: SecretBox,
): readonly EndpointSecret[] {
  try {
    return secrets.map((secret) => ({
      name: secret.name,
      secret: secretBox.open(secret.ciphertext),
      expiresAtMs: numberOrNull(secret.expires_at_ms),
      switchAtMs: numberOrNull(secret.switch_at_ms),
    }));
  } catch {
    return [];
  }
}

function numberOrNull(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}
