/** Finishes or cancels a scheduled rotation. */
import { PosthornError } from "../errors/catalogue.ts";
import type { Actor, AuditAction } from "../model/audit.ts";
import { recordAudit } from "../postgres/audit.ts";
import { recordEndpointVersions } from "../postgres/endpoint-versions.ts";
import type { Queryable } from "../postgres/pool.ts";
import { subjectsOf, type ChangedRow } from "./audit.ts";

/**
 * Lets the new secret with this name replace the earlier one now; null means the contract's first
 * secret. The earlier secret keeps signing for the planned overlap.
 *
 * @throws PosthornError `PH_NO_SWITCH` if no rotation is scheduled.
 */
export async function switchSecretNow(
  transaction: Queryable,
  endpointId: string,
  name: string | null,
  nowMs: number,
  by: Actor,
): Promise<void> {
  const {
    id,
    earlier,
    switch_at: switchAt,
  } = await scheduled(transaction, endpointId, name, nowMs);
  const now = new Date(nowMs).toISOString();
  await transaction.query(
    "update posthorn.endpoint_secrets set expires_at = expires_at - ($2 - $3::timestamptz) where id = $1",
    [earlier, switchAt, now],
  );
  await transaction.query("update posthorn.endpoint_secrets set switch_at = $2 where id = $1", [
    id,
    now,
  ]);
  await newVersion(transaction, endpointId, nowMs, "secret.switched", by);
}

/**
 * Lets the new secret expire before it is used. The earlier secret is current again and does not
 * expire.
 * @throws PosthornError `PH_NO_SWITCH` if no rotation is scheduled.
 */
export async function cancelSwitch(
  transaction: Queryable,
  endpointId: string,
  name: string | null,
  nowMs: number,
  by: Actor,
): Promise<void> {
  const { id, earlier } = await scheduled(transaction, endpointId, name, nowMs);
  await newVersion(transaction, endpointId, nowMs, "secret.rotation_cancelled", by);
  await transaction.query(
    `update posthorn.endpoint_secrets as secret
     set expires_at = $2, replaced_version = endpoint.version
     from posthorn.endpoints as endpoint
     where secret.id = $1 and endpoint.id = secret.endpoint_id`,
    [id, new Date(nowMs).toISOString()],
  );
  await transaction.query(
    "update posthorn.endpoint_secrets set expires_at = null, replaced_version = null where id = $1",
    [earlier],
  );
}

interface ScheduledRow {
  id: string;
  switch_at: Date;
  /** The id of the secret that this one replaces. */
  earlier: string;
}

/** Finds the scheduled rotation. Locks the endpoint, as a rotation does. */
async function scheduled(
  transaction: Queryable,
  endpointId: string,
  name: string | null,
  nowMs: number,
): Promise<ScheduledRow> {
  await transaction.query("select from posthorn.endpoints where id = $1 for update", [endpointId]);
  const { rows } = await transaction.query<ScheduledRow>(
    `select secret.id, secret.switch_at, earlier.id as earlier
     from posthorn.endpoint_secrets as secret
     join posthorn.endpoint_secrets as earlier
       on earlier.endpoint_id = secret.endpoint_id
       and earlier.name is not distinct from secret.name
       and earlier.replaced_version = secret.created_version and earlier.expires_at > $2
     where secret.endpoint_id = $1 and secret.expires_at is null and secret.switch_at > $2
       and secret.name is not distinct from $3::text`,
    [endpointId, new Date(nowMs).toISOString(), name],
  );
  const row = rows[0];
  if (row === undefined) throw new PosthornError("PH_NO_SWITCH");
  return row;
}

async function newVersion(
  transaction: Queryable,
  endpointId: string,
  nowMs: number,
  action: AuditAction,
  by: Actor,
): Promise<void> {
  const { rows } = await transaction.query<ChangedRow>(
    `update posthorn.endpoints set version = version + 1, updated_at = $2 where id = $1
     returning id, org_id, '{}'::jsonb as changes`,
    [endpointId, new Date(nowMs).toISOString()],
  );
  await recordAudit(transaction, { action, by, atMs: nowMs }, subjectsOf(rows));
  await recordEndpointVersions(transaction, [endpointId]);
}
