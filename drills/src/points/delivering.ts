/** Crash points during a delivery. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { call } from "../parts/api.ts";
import type { CommitBarrierOptions } from "../parts/commit-barrier.ts";
import { answerWith, type Answer } from "../parts/receiver.ts";
import {
  killAtCommit,
  mustBe,
  publish,
  subscriber,
  type CrashPoint,
  type Subscriber,
  type World,
} from "./point.ts";

const failFirst: Answer = (response, arrival, number) =>
  answerWith(number === 1 ? 500 : 200)(response, arrival, number);

const claimed = ({ endpointId }: Subscriber): CommitBarrierOptions => ({
  table: "deliveries",
  on: "update",
  when: `new.endpoint_id = '${endpointId}' and old.leased_until is null
         and new.leased_until is not null`,
});

const settled = ({ endpointId }: Subscriber): CommitBarrierOptions => ({
  table: "deliveries",
  on: "update",
  when: `new.endpoint_id = '${endpointId}' and new.attempts > old.attempts`,
});

export const afterClaim: CrashPoint = {
  name: "claim: after COMMIT, before the connection",
  expected: "taken over and claimed again; the attempt's number is not used up",
  async run(world) {
    const one = await subscriber(world, failFirst);
    await killAtCommit(world, "after", claimed(one), () => publish(world, one.orgId));
    return () => mustBe(world, one, { status: "delivered", attempts: 2, requests: 2 });
  },
};

export const whileSending: CrashPoint = {
  name: "send: half of the bytes are out",
  expected: "taken over, and sent again whole",
  async run(world) {
    const one = await subscriber(world);
    const whole = new URL(await urlOf(world, one));
    const halfway = createServer((socket) => socket.on("error", () => undefined).pause());
    const port = await listenOn(halfway, 0);
    const arrived = once(halfway, "connection") as Promise<[Socket]>;
    await patchUrl(world, one, `http://127.0.0.1:${port}${whole.pathname}`);
    await publish(world, one.orgId);
    const [socket] = await arrived;
    await world.kill();
    socket.destroy();
    halfway.close();
    await once(halfway, "close");
    // Opens the same address again, now forwarding to the receiver, before a node can take over the
    // delivery.
    const onward = createServer((from) => {
      const to = connect(Number(whole.port), whole.hostname);
      pipeline(from, to, from, () => undefined);
    });
    await listenOn(onward, port);
    await world.start();
    return async () => {
      onward.close();
      return mustBe(world, one, { status: "delivered", attempts: 1, requests: 1 });
    };
  },
};

/**
 * Starts to listen.
 * @returns the port.
 */
async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function urlOf(world: World, { endpointId }: Subscriber): Promise<string> {
  const [row] = await world.database.query<{ url: string }>(
    "select url from posthorn.endpoints where id = $1",
    [endpointId],
  );
  return row?.url ?? "";
}

async function patchUrl(world: World, { endpointId }: Subscriber, url: string): Promise<void> {
  const path = `webhook_endpoints?id=eq.${endpointId}`;
  const { status, text } = await call(world.node().url, "PATCH", path, { url });
  if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${text}`);
}

export const beforeSettled: CrashPoint = {
  name: "settle: after the 2xx, before COMMIT",
  expected: "one duplicate, with the same id and a time of its own; delivered",
  async run(world) {
    const one = await subscriber(world);
    await killAtCommit(world, "before", settled(one), () => publish(world, one.orgId));
    return () => mustBe(world, one, { status: "delivered", attempts: 1, requests: 2 });
  },
};

export const beforeSettledIsKnown: CrashPoint = {
  name: "settle: COMMIT done, its answer lost",
  expected: "delivered, and not sent again",
  async run(world) {
    const one = await subscriber(world);
    await killAtCommit(world, "after", settled(one), () => publish(world, one.orgId));
    return () => mustBe(world, one, { status: "delivered", attempts: 1, requests: 1 });
  },
};

export const beforeRetryIsPlanned: CrashPoint = {
  name: "settle: after a failure, before its retry is stored",
  expected: "taken over and sent again; what nobody wrote down is no attempt",
  async run(world) {
    const one = await subscriber(world, failFirst);
    await killAtCommit(world, "before", settled(one), () => publish(world, one.orgId));
    return () => mustBe(world, one, { status: "delivered", attempts: 1, requests: 2 });
  },
};

export const afterRetryIsPlanned: CrashPoint = {
  name: "settle: a failure and its retry are stored, the answer lost",
  expected: "the retry comes by the schedule",
  async run(world) {
    const one = await subscriber(world, failFirst);
    await killAtCommit(world, "after", settled(one), () => publish(world, one.orgId));
    return () => mustBe(world, one, { status: "delivered", attempts: 2, requests: 2 });
  },
};

const turnedOff = ({ endpointId }: Subscriber): CommitBarrierOptions => ({
  table: "endpoints",
  on: "update",
  when: `new.id = '${endpointId}' and old.is_active and not new.is_active`,
});

/**
 * Fails unless the endpoint was turned off once, with one event that reports it, and its delivery
 * stays pending until the endpoint is on again.
 */
async function mustBeOffOnce(
  world: World,
  one: Subscriber,
  requests: number,
): Promise<readonly string[]> {
  const [row] = await world.database.query<{ is_active: boolean; entries: number }>(
    `select is_active, (select count(*)::integer from posthorn.audit_entries
       where subject_id = $1 and action = 'endpoint.turned_off') as entries
     from posthorn.endpoints where id = $1::uuid`,
    [one.endpointId],
  );
  const found = JSON.stringify(row);
  return [
    ...(row?.is_active === false && row.entries === 1 ? [] : [`the endpoint is ${found}`]),
    ...(await mustBe(world, one, { status: "pending", attempts: 1, requests })),
  ];
}

export const beforeTurnedOff: CrashPoint = {
  name: "turning an endpoint off (410): before COMMIT",
  expected: "neither off nor said so, until it answers 410 again; then both, once",
  async run(world) {
    const one = await subscriber(world, answerWith(410));
    await killAtCommit(world, "before", turnedOff(one), () => publish(world, one.orgId));
    return () => mustBeOffOnce(world, one, 2);
  },
};

export const afterTurnedOff: CrashPoint = {
  name: "turning an endpoint off (410): COMMIT done, its answer lost",
  expected: "off, and said so once",
  async run(world) {
    const one = await subscriber(world, answerWith(410));
    const off = turnedOff(one);
    await killAtCommit(world, "after", off, () => publish(world, one.orgId));
    return () => mustBeOffOnce(world, one, 1);
  },
};
