/** Crash points while an event is published. */
import { call } from "../parts/api.ts";
import { killAtCommit, mustBe, publish, subscriber, type CrashPoint } from "./point.ts";

const delivered = { status: "delivered", attempts: 1, requests: 1 } as const;

const stored = (orgId: string) =>
  ({ table: "events", on: "insert", when: `new.org_id = '${orgId}'` }) as const;

function commit(moment: "before" | "after", name: string, expected: string): CrashPoint {
  return {
    name,
    expected,
    async run(world) {
      const one = await subscriber(world);
      let publishing: Promise<unknown> = Promise.resolve();
      await killAtCommit(world, moment, stored(one.orgId), () => {
        publishing = publish(world, one.orgId);
        return publishing;
      });
      await publishing;
      return () => mustBe(world, one, delivered);
    },
  };
}

export const beforeCommit = commit(
  "before",
  "publish: before COMMIT",
  "not stored; the publisher tries again under its key; one event, one request",
);

export const beforeAnswer = commit(
  "after",
  "publish: after COMMIT, before the answer",
  "stored; the publisher's second try is answered the same event; one request",
);

const failSql = (orgId: string): string => `
create function posthorn.drill_fail() returns trigger language plpgsql as $$
begin raise exception 'a drill' using errcode = 'internal_error'; end $$;
create trigger drill_fail before insert on posthorn.deliveries
for each row when (new.org_id = '${orgId}') execute function posthorn.drill_fail();
`;

export const betweenRows: CrashPoint = {
  name: "publish: between the event's row and its deliveries'",
  expected: "impossible: one transaction; nothing is stored, nothing is acknowledged",
  async run(world) {
    const one = await subscriber(world);
    await world.database.query(failSql(one.orgId));
    const body = { org_id: one.orgId, event_type: "drill.happened", data: { key: "half" } };
    const { status } = await call(world.node().url, "POST", "webhook_events", body);
    const events = await world.database.query("select from posthorn.events where org_id = $1", [
      one.orgId,
    ]);
    await world.database.query("drop function posthorn.drill_fail() cascade");
    await publish(world, one.orgId);
    return async () => [
      ...(status < 500 ? [`answered ${status}`] : []),
      ...(events.length > 0 ? ["the event was stored without its deliveries"] : []),
      ...(await mustBe(world, one, delivered)),
    ];
  },
};
