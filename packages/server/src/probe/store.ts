/** The probe's own rows in the database: an org, an endpoint and a secret. */
import { limits } from "../limits.ts";
import { probeEndpointId, probeOrgId, probeType, probeUrl } from "../model/probe.ts";
import type { ProbeStore } from "./prober.ts";
import { recordEndpointVersions } from "../postgres/endpoint-versions.ts";
import { inTransaction, type Pool, type Queryable } from "../postgres/pool.ts";
import {
  newSecret,
  storeSecret,
  type SecretOptions,
  type ContractRules,
} from "../registry/endpoint-secrets.ts";

export interface ProbeStoreOptions extends SecretOptions {
  readonly database: Pool;
  readonly contract: ContractRules;
}

export function createProbeStore(options: ProbeStoreOptions): ProbeStore {
  const { database } = options;
  return {
    async prepare(atMs) {
      if (await isPrepared(database)) return;
      await inTransaction(database, (transaction) => prepare(options, transaction, atMs));
    },
    async isDelivered(eventId) {
      const { rows } = await database.query<{ status: string }>({
        name: "probe_delivery",
        text: "select status from posthorn.deliveries where id = posthorn.delivery_id($1, $2)",
        values: [eventId, probeEndpointId],
      });
      return rows[0]?.status === "delivered";
    },
  };
}

async function isPrepared(database: Queryable): Promise<boolean> {
  const { rows } = await database.query({
    name: "probe_endpoint",
    text: `select from posthorn.endpoints as endpoint
           join posthorn.endpoint_secrets as secret
             on secret.endpoint_id = endpoint.id and secret.expires_at is null
           where endpoint.id = $1 and endpoint.is_active and endpoint.deleted_at is null
             and endpoint.url = $2`,
    values: [probeEndpointId, probeUrl],
  });
  return rows.length > 0;
}

/**
 * Creates the rows. Nodes that start at the same time wait for each other at the org's row, and the
 * second finds all rows.
 */
async function prepare(
  options: ProbeStoreOptions,
  transaction: Queryable,
  atMs: number,
): Promise<void> {
  const at = new Date(atMs).toISOString();
  await transaction.query(
    `insert into posthorn.orgs (id, name, created_at) values ($1, 'Posthorn''s own probe', $2)
     on conflict (id) do update set name = excluded.name`,
    [probeOrgId, at],
  );
  await transaction.query(
    `insert into posthorn.endpoints
       (id, org_id, url, event_types, is_active, contract, description, headers, in_flight_max,
        version, created_at, updated_at)
     values ($1, $2, $3, array[$4], true, $5, $6, '{}', $7, 1, $8, $8)
     on conflict (id) do update
     set url = excluded.url, event_types = excluded.event_types, contract = excluded.contract,
         is_active = true, inactive_reason = null, inactive_since = null, deleted_at = null,
         version = endpoints.version + 1, updated_at = excluded.updated_at`,
    [
      probeEndpointId,
      probeOrgId,
      probeUrl,
      probeType,
      options.contract.name,
      "Takes a probe from each node once a minute.",
      limits.endpointInFlightDefault,
      at,
    ],
  );
  const { rows } = await transaction.query(
    "select from posthorn.endpoint_secrets where endpoint_id = $1 and expires_at is null",
    [probeEndpointId],
  );
  if (rows.length === 0) {
    const { contract } = options;
    const { secret } = newSecret(options, contract, contract.firstSecret, null);
    const stored = { endpointId: probeEndpointId, name: null, secret, nowMs: atMs };
    await storeSecret(options, transaction, stored);
  }
  await recordEndpointVersions(transaction, [probeEndpointId]);
}
