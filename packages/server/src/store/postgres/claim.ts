/** The SQL of `pipeline/claim.ts`; the statements themselves are `posthorn.claim_batch`. */
import { limits } from "../../limits.ts";
import type { Claimed, ClaimRequest } from "../store.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { type EventColumns, eventOf, toTimestamp } from "./rows.ts";

const claimSql = `
select id, endpoint_id, attempts, attempts_before_round, endpoint_version,
       event_id, org_id, event_type, "timestamp", data, is_cut
from posthorn.claim_batch($1, $2, $3, $4, $5::uuid[], $6::integer[], $7, $8::uuid[], $9)
`;

interface ClaimedRow extends EventColumns {
  id: string;
  endpoint_id: string;
  endpoint_version: string;
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
    ],
  });
  const isCut = rows[0]?.is_cut ?? false;
  // The one row without an id says only that.
  if (rows[0]?.id === null) return { deliveries: [], isCut };
  const deliveries = (rows as ClaimedRow[]).map((row) => ({
    id: row.id,
    event: eventOf(row),
    endpointId: row.endpoint_id,
    endpointVersion: Number(row.endpoint_version),
    lease,
    attempts: row.attempts,
    attemptsBeforeRound: row.attempts_before_round,
  }));
  return { deliveries, isCut };
}
