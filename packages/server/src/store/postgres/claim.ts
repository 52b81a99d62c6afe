/** The SQL of `pipeline/dispatch/claim.ts`. The statements are in `posthorn.claim_batch`. */
import { limits } from "../../limits.ts";
import type { Claimed, ClaimRequest, Lease, LeasedDelivery, UnreadableDelivery } from "../store.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { type EventColumns, eventOf, toTimestamp, UnreadableRowError } from "./rows.ts";

const claimSql = `
select id, endpoint_id, attempts, attempts_before_round, endpoint_version,
       event_id, org_id, event_type, event_external_id, "timestamp", data, is_cut
from posthorn.claim_batch(
  $1, $2, $3, $4, $5::uuid[], $6::integer[], $7, $8::uuid[], $9, $10::uuid[])
`;

interface ClaimedRow extends EventColumns {
  id: string;
  endpoint_id: string;
  /** The endpoint's version; null if the endpoint has been deleted. */
  endpoint_version: string | null;
  attempts: number;
  attempts_before_round: number;
  is_cut: boolean;
}

interface CutRow {
  id: null;
  is_cut: boolean;
}

export async function claim(database: Queryable, request: ClaimRequest): Promise<Claimed> {
  const { lease } = request;
  const { rows } = await database.query<ClaimedRow | CutRow>({
    name: "claim",
    text: claimSql,
    values: [
      toTimestamp(request.atMs),
      lease.id,
      toTimestamp(lease.untilMs),
      request.perEndpointMax,
      [...request.freePlaces.keys()],
      [...request.freePlaces.values()],
      request.deliveriesMax,
      request.fullOrgIds,
      limits.wakeupsPerClaimMax,
      request.sessionIds,
    ],
  });
  const isCut = rows[0]?.is_cut ?? false;
  const deliveries: LeasedDelivery[] = [];
  const unreadable: UnreadableDelivery[] = [];
  for (const row of rows) {
    // The row without an id only says whether the claim was truncated.
    if (row.id === null) continue;
    // The lease is already committed, so one unreadable row must not fail the other deliveries of
    // this claim.
    try {
      deliveries.push(deliveryOf(row, lease));
    } catch (error) {
      if (!(error instanceof UnreadableRowError)) throw error;
      const { id, endpoint_id: endpointId, attempts } = row;
      unreadable.push({ id, endpointId, lease, attempts, reason: error.message });
    }
  }
  return { deliveries, unreadable, isCut };
}

/** @throws UnreadableRowError */
function deliveryOf(row: ClaimedRow, lease: Lease): LeasedDelivery {
  if (row.endpoint_version === null) throw new UnreadableRowError("The endpoint was removed.");
  return {
    id: row.id,
    event: eventOf(row),
    endpointId: row.endpoint_id,
    endpointVersion: Number(row.endpoint_version),
    lease,
    attempts: row.attempts,
    attemptsBeforeRound: row.attempts_before_round,
  };
}
