import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { randomUUID } from "node:crypto";
import { limits } from "../limits.ts";
import type { Clock, OutgoingMessage } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";
import { systemClock, systemRandom } from "../service/database-clock.ts";
import { Terminals } from "./terminals.ts";

/** A database in which every opened session is valid, and no answer is passed on. */
const database = {
  query: async () => ({ rowCount: 1, rows: [] }),
} as unknown as Queryable;

interface Screen {
  readonly sent: { readonly attempt_token: string }[];
  isEnded: boolean;
  drain: () => void;
}

function newTerminals(terminalsMax?: number, clock: Clock = systemClock): Terminals {
  return new Terminals({
    database,
    clock,
    random: systemRandom,
    userAgent: "Posthorn/test",
    ...(terminalsMax === undefined ? {} : { terminalsMax }),
    onConnected: () => {},
    onError: (error) => expect.fail(String(error)),
  });
}

/** @param readsMax how many deliveries the terminal reads before it stops reading. */
async function connect(
  terminals: Terminals,
  endpointId: string,
  readsMax = Infinity,
  orgId: string = randomUUID(),
) {
  const screen: Screen = { sent: [], isEnded: false, drain: () => {} };
  const terminal = await terminals.connect({
    endpointId,
    orgId,
    remoteAddress: "192.0.2.1",
    stream: {
      send: (data) => screen.sent.push(JSON.parse(data) as Screen["sent"][number]) < readsMax,
      onDrain: (callback) => (screen.drain = callback),
      end: () => (screen.isEnded = true),
    },
  });
  terminal.start();
  return { ...terminal, screen };
}

const messageTo = (endpointId: string, timeoutMs: number): OutgoingMessage => ({
  endpointId,
  url: null,
  deliveryId: randomUUID(),
  eventId: randomUUID(),
  eventType: "scan.completed",
  attempt: 1,
  sign: () => ({ headers: ["content-type", "application/json"], body: "{}" }),
  timeoutMs,
});

test("an attempt ends at its timeout if the terminal never answers, and later answers are late", async () => {
  const terminals = newTerminals();
  const endpointId = randomUUID();
  const { screen, token } = await connect(terminals, endpointId);
  const exchange = await terminals.send(messageTo(endpointId, 30));
  expect(exchange).toMatchObject({
    responseStatus: null,
    error: { class: "timeout", message: "The terminal did not answer within 0.03 s." },
    remoteAddress: "192.0.2.1",
  });
  expect(exchange.durationMs).toBeGreaterThanOrEqual(29);
  const attemptToken = screen.sent[0]!.attempt_token;
  const answer = { status: 200, headers: {}, body: "", isBodyCut: false };
  const noRelay = () => expect.fail("It is not another node's.");
  expect(await terminals.answer(null, { token, attemptToken, answer }, noRelay)).toBe(false);
  await terminals.close();
});

test("a terminal that does not read gets nothing more, and what waits is not its failure", async () => {
  const terminals = newTerminals();
  const endpointId = randomUUID();
  const { screen, leave } = await connect(terminals, endpointId, 1);
  const exchanges = [1, 2, 3].map(() => terminals.send(messageTo(endpointId, 10_000)));
  await sleep(20);
  expect(screen.sent).toHaveLength(1);
  screen.drain();
  expect(screen.sent).toHaveLength(2);
  leave();
  const classes = (await Promise.all(exchanges)).map(({ error }) => error?.class);
  expect(classes).toEqual(["no_terminal", "no_terminal", "unsent"]);
  expect(screen.isEnded).toBe(true);
  expect(await terminals.send(messageTo(endpointId, 10_000))).toMatchObject({
    error: { class: "unsent" },
  });
});

test("a node takes terminalsMax terminals, and none after it has stopped", async () => {
  const terminals = newTerminals(2);
  const [first, second] = [randomUUID(), randomUUID()];
  const opened = await Promise.allSettled(
    [first, second, randomUUID()].map((id) => connect(terminals, id)),
  );
  expect(opened.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(opened[2]).toMatchObject({ reason: { code: "PH_TOO_MANY_STREAMS" } });
  const pending = terminals.send(messageTo(first, 10_000));
  await terminals.close();
  expect(await pending).toMatchObject({ error: { class: "shutdown" } });
  expect(terminals.sessionIds()).toEqual([]);
  await expect(connect(terminals, first)).rejects.toMatchObject({ code: "PH_TOO_MANY_STREAMS" });
});

test("an org's terminals connect terminalConnectsMax times in terminalConnectsMs", async () => {
  let nowMs = 0;
  const terminals = newTerminals(Infinity, { ...systemClock, monotonicMs: () => nowMs });
  const [orgId, endpointId] = [randomUUID(), randomUUID()];
  const connectOnce = async (): Promise<void> => {
    (await connect(terminals, endpointId, Infinity, orgId)).leave();
  };
  for (let count = 0; count < limits.terminalConnectsMax; count += 1) await connectOnce();
  nowMs = limits.terminalConnectsMs - 1_500;
  await expect(connectOnce()).rejects.toMatchObject({
    code: "PH_TOO_MANY_TERMINAL_CONNECTIONS",
    status: 429,
    retryAfterSeconds: 2,
  });
  // Other orgs are not affected.
  (await connect(terminals, endpointId)).leave();
  nowMs = limits.terminalConnectsMs;
  await connectOnce();
  await terminals.close();
});
