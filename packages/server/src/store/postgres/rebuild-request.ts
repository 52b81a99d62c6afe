/** The SQL of `pipeline/dispatch/rebuild-request.ts`. */
import type { DestinationKind } from "../../model/endpoint.ts";
import type { SecretBox } from "../../model/secret-box.ts";
import type { SentFacts, SentStore } from "../../pipeline/dispatch/rebuild-request.ts";
import type { Tenants } from "../../postgres/tenants.ts";

/**
 * Finds an attempt. Its id differs from its delivery's id only in the last byte, so both tables are
 * read by primary key.
 */
const sentSql = `
with attempt as (
  select delivery_id, endpoint_id, event_id, org_id, attempted_at, error, exchange
  from posthorn.attempts
  where delivery_id = posthorn.attempt_id($1, 0::smallint)
    and posthorn.attempt_id(delivery_id, number) = $1
  union all
  select id, endpoint_id, event_id, org_id, attempted_at, error, exchange
  from posthorn.deliveries
  where id = posthorn.attempt_id($1, 0::smallint)
    and attempts > 0 and posthorn.attempt_id(id, attempts) = $1
)
select attempt.endpoint_id, attempt.org_id,
       (select external_id from posthorn.orgs where orgs.id = attempt.org_id) as org_external_id,
       attempt.error, (attempt.exchange -> 'versions' ->> 1)::integer as contract_version,
       extract(epoch from attempt.attempted_at) * 1000 as at_ms,
       coalesce((attempt.exchange ->> 'signed_after_ms')::integer, 0) as signed_after_ms,
       event.id as event_id, event.event_type, event.data::text as data_json,
       event.external_id as event_external_id,
       extract(epoch from event."timestamp") * 1000 as timestamp_ms,
       history.version, endpoint.destination, history.url, history.contract, history.headers,
       history.transformation,
       (
         select json_agg(
           json_build_object(
             'name', secret.name,
             'ciphertext', secret.ciphertext,
             'switch_at_ms', extract(epoch from secret.switch_at) * 1000)
           order by secret.created_version desc, secret.created_at desc)
         from posthorn.endpoint_secrets as secret
         where secret.endpoint_id = attempt.endpoint_id
           and secret.created_version <= history.version
           and (secret.replaced_version is null
                or history.version < secret.replaced_version
                or secret.expires_at > attempt.attempted_at)
       ) as secrets
from attempt
left join posthorn.events as event on event.id = attempt.event_id
left join posthorn.endpoint_history as history
  on history.endpoint_id = attempt.endpoint_id
  and history.version = (attempt.exchange -> 'versions' ->> 0)::bigint
left join posthorn.endpoints as endpoint on endpoint.id = history.endpoint_id
where $2::uuid is null or attempt.org_id = $2
`;

interface SentRow {
  endpoint_id: string;
  org_id: string;
  org_external_id: string | null;
  at_ms: string;
  signed_after_ms: number;
  error: string | null;
  contract_version: number | null;
  event_id: string | null;
  event_type: string;
  event_external_id: string | null;
  data_json: string | null;
  timestamp_ms: string;
  version: string | null;
  destination: DestinationKind;
  url: string | null;
  contract: string;
  headers: Record<string, string>;
  transformation: string | null;
  secrets: { name: string | null; ciphertext: string; switch_at_ms: number | null }[] | null;
}

export function createPostgresSentStore(tenants: Tenants, secretBox: SecretBox): SentStore {
  return {
    async find(attemptId, orgId) {
      const { rows } = await tenants.read(orgId, (database) =>
        database.query<SentRow>(sentSql, [attemptId, orgId]),
      );
      const row = rows[0];
      return row === undefined ? null : factsOf(attemptId, row, secretBox);
    },
  };
}

function factsOf(attemptId: string, row: SentRow, secretBox: SecretBox): SentFacts {
  return {
    attemptId,
    atMs: Number(row.at_ms),
    signedAfterMs: row.signed_after_ms,
    error: row.error,
    contractVersion: row.contract_version,
    event:
      // A request cannot contain an infinite timestamp, so such an event was never sent.
      row.event_id === null || row.data_json === null || !Number.isFinite(Number(row.timestamp_ms))
        ? null
        : {
            id: row.event_id,
            externalId: row.event_external_id,
            orgId: row.org_id,
            type: row.event_type,
            timestampMs: Number(row.timestamp_ms),
            dataJson: row.data_json,
          },
    endpoint:
      row.version === null
        ? null
        : {
            id: row.endpoint_id,
            orgId: row.org_id,
            orgExternalId: row.org_external_id,
            destination: row.destination,
            url: row.url,
            isActive: true,
            contract: row.contract,
            headers: row.headers,
            transformation: row.transformation,
            inFlightMax: 1,
            ratePerSecond: null,
            version: Number(row.version),
            // All secrets that were valid at that time, even if they have expired since.
            secrets: openSecrets(row.secrets ?? [], secretBox),
          },
  };
}

/**
 * Returns an empty list if one secret cannot be decrypted. The request is then shown without its
 * signature.
 */
function openSecrets(
  secrets: NonNullable<SentRow["secrets"]>,
  secretBox: SecretBox,
): NonNullable<SentFacts["endpoint"]>["secrets"] {
  try {
    return secrets.map((secret) => ({
      name: secret.name,
      secret: secretBox.open(secret.ciphertext),
      expiresAtMs: null,
      switchAtMs: secret.switch_at_ms,
    }));
  } catch {
    return [];
  }
}
