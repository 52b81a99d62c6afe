/** Crash points while deliveries of an org with many endpoints are created in the background. */
import { randomUUID } from "node:crypto";
import type { CommitBarrierOptions } from "../parts/commit-barrier.ts";
import { addEndpoint } from "../parts/platform.ts";
import { mustBecome } from "../parts/wait.ts";
import { arrivalsOf, killAtCommit, publish, type CrashPoint, type World } from "./point.ts";

/** One more endpoint than one commit can serve (`limits.publishEndpointsPerEventMax`). */
const endpointCount = 1_001;
const addedAtOnce = 20;
const deliveredMs = 60_000;

async function wideOrg({ node, ledger, receiver }: World): Promise<string> {
  const orgId = randomUUID();
  const { url } = node();
  for (let left = endpointCount; left > 0; left -= addedAtOnce) {
    const count = Math.min(left, addedAtOnce);
    await Promise.all(
      Array.from({ length: count }, () => addEndpoint({ url, ledger, receiver, orgId })),
    );
  }
  return orgId;
}

const stepped = (orgId: string): CommitBarrierOptions => ({
  table: "fan_outs",
  on: "update",
  // The publish itself makes this update, which stores the list of the event's endpoints.
  when: `new.org_id = '${orgId}' and old.list_id is not null`,
});

function step(moment: "before" | "after"): CrashPoint {
  return {
    name: `fanning out: a step ${moment} COMMIT`,
    expected: `goes on by itself; each of ${endpointCount} endpoints gets one request`,
    async run(world) {
      const orgId = await wideOrg(world);
      await killAtCommit(world, moment, stepped(orgId), () => publish(world, orgId));
      await mustBecome("all deliveries", () => allDelivered(world, orgId), deliveredMs);
      return async () => {
        const endpointIds = world.ledger.endpoints.get(orgId) ?? [];
        const requests = endpointIds.map((id) => arrivalsOf(world, id).length);
        const others = requests.filter((count) => count !== 1).length;
        return others === 0 ? [] : [`${others} endpoints got no request, or more than one`];
      };
    },
  };
}

async function allDelivered({ database }: World, orgId: string): Promise<boolean> {
  const rows = await database.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.deliveries
     where org_id = $1 and status = 'delivered'`,
    [orgId],
  );
  return rows[0]?.count === endpointCount;
}

export const beforeStep = step("before");
export const afterStep = step("after");
