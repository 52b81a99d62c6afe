/** Crash points during changes that a caller makes. */
import { call } from "../parts/api.ts";
import type { CommitBarrierOptions } from "../parts/commit-barrier.ts";
import { mustBecome } from "../parts/wait.ts";
import {
  arrivalsOf,
  deliveriesOf,
  killAtCommit,
  mustBe,
  publish,
  subscriber,
  type CrashPoint,
  type Subscriber,
  type World,
} from "./point.ts";

const rotated = ({ endpointId }: Subscriber): CommitBarrierOptions => ({
  table: "endpoint_secrets",
  on: "insert",
  when: `new.endpoint_id = '${endpointId}'`,
});

/**
 * In both cases the customer has not seen the new secret, so later requests must carry a signature
 * by the old one.
 */
function rotation(moment: "before" | "after", secrets: number, expected: string): CrashPoint {
  return {
    name: `rotating a secret: ${moment} COMMIT`,
    expected,
    async run(world) {
      const one = await subscriber(world);
      await killAtCommit(world, moment, rotated(one), () =>
        call(world.node().url, "POST", "rpc/rotate_secret", { endpoint_id: one.endpointId }),
      );
      await publish(world, one.orgId);
      return async () => {
        const kept = await world.database.query(
          "select from posthorn.endpoint_secrets where endpoint_id = $1",
          [one.endpointId],
        );
        return [
          ...(kept.length === secrets ? [] : [`${kept.length} secrets`]),
          ...(await mustBe(world, one, { status: "delivered", attempts: 1, requests: 1 })),
        ];
      };
    },
  };
}

export const beforeRotated = rotation("before", 1, "the old secret alone, and it signs");
export const afterRotated = rotation("after", 2, "old and new, and both sign");

const replayedEvents = 30;
const deliveredMs = 20_000;

const stepped = ({ endpointId }: Subscriber): CommitBarrierOptions => ({
  table: "replays",
  on: "update",
  when: `new.endpoint_id = '${endpointId}'`,
});

function replay(moment: "before" | "after"): CrashPoint {
  return {
    name: `replaying a range: a step ${moment} COMMIT`,
    expected: "goes on by itself; each delivery is sent once more, none twice",
    async run(world) {
      const one = await subscriber(world);
      for (let count = 0; count < replayedEvents; count += 1) await publish(world, one.orgId);
      await mustBecome("the first deliveries", () => allDelivered(world, one), deliveredMs);
      world.ledger.replays.set(one.endpointId, 1);
      await killAtCommit(world, moment, stepped(one), () =>
        call(world.node().url, "POST", "rpc/replay", {
          endpoint_id: one.endpointId,
          status: "delivered",
        }),
      );
      return async () => {
        const requests = arrivalsOf(world, one.endpointId).length;
        const isDone = await allDelivered(world, one);
        return [
          ...(requests === 2 * replayedEvents ? [] : [`${requests} requests`]),
          ...(isDone ? [] : ["not all were delivered"]),
        ];
      };
    },
  };
}

async function allDelivered(world: World, { endpointId }: Subscriber): Promise<boolean> {
  const deliveries = await deliveriesOf(world, endpointId);
  return (
    deliveries.length === replayedEvents && deliveries.every(({ status }) => status === "delivered")
  );
}

export const beforeReplayStep = replay("before");
export const afterReplayStep = replay("after");
