/** Endpoints as the pipeline needs them: with their secrets, decrypted. */
import type { Endpoint, EndpointSecret } from "../../model/endpoint.ts";
import type { SecretBox } from "../../model/secret-box.ts";
import type { Queryable } from "../../postgres/pool.ts";

const endpointsSql = `
select endpoint.id, endpoint.org_id, endpoint.url, endpoint.is_active, endpoint.contract,
       endpoint.headers, endpoint.in_flight_max, endpoint.rate_per_second,
       endpoint.version,
       json_agg(
         json_build_object(
           'ciphertext', secret.ciphertext,
           'expires_at_ms', extract(epoch from secret.expires_at) * 1000,
           'switch_at_ms', extract(epoch from secret.switch_at) * 1000
         )
         order by secret.expires_at desc nulls first
       ) as secrets
from posthorn.endpoints as endpoint
join posthorn.endpoint_secrets as secret
  on secret.endpoint_id = endpoint.id
  -- What ended is kept for the record; an hour, so that no clock decides what still signs.
  and (secret.expires_at is null or secret.expires_at > now() - interval '1 hour')
where endpoint.id = any ($1::uuid[]) and endpoint.deleted_at is null
group by endpoint.id
`;

interface EndpointRow {
  id: string;
  org_id: string;
  url: string;
  is_active: boolean;
  contract: string;
  headers: Record<string, string>;
  in_flight_max: number;
  rate_per_second: number | null;
  version: string;
  secrets: { ciphertext: string; expires_at_ms: number | null; switch_at_ms: number | null }[];
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
  return rows.map((row) => ({
    id: row.id,
    orgId: row.org_id,
    url: row.url,
    isActive: row.is_active,
    contract: row.contract,
    headers: row.headers,
    inFlightMax: row.in_flight_max,
    ratePerSecond: row.rate_per_second,
    version: Number(row.version),
    secrets: openSecrets(row.secrets, secretBox),
  }));
}

/**
 * None, if one of them cannot be read: nothing can then be signed for this endpoint, and its
 * attempts fail. An error here would keep the endpoints of the same batch from being sent to.
 */
function openSecrets(
  secrets: EndpointRow["secrets"],
  secretBox: SecretBox,
): readonly EndpointSecret[] {
  try {
    return secrets.map((secret) => ({
      secret: secretBox.open(secret.ciphertext),
      expiresAtMs: secret.expires_at_ms,
      switchAtMs: secret.switch_at_ms,
    }));
  } catch {
    return [];
  }
}
