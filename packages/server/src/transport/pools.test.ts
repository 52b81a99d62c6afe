import { afterEach, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Exchange } from "../pipeline/ports.ts";
import { fakeNames } from "./testing/names.ts";
import {
  eventually,
  okAnswer,
  receive,
  receiveAndAnswer,
  receiveRequests,
  type Receiver,
} from "./testing/receivers.ts";
import { createTransport, type ObservableTransport, type TransportOptions } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function closing<Item extends { close(): Promise<void> }>(
  item: Item | Promise<Item>,
): Promise<Item> {
  const started = await item;
  closers.push(() => started.close());
  return started;
}

/** Creates a transport for which every name under hooks.test resolves to loopback. */
function transportWith(options: Partial<TransportOptions> = {}): Promise<ObservableTransport> {
  const resolve = async () => ({ addresses: ["127.0.0.1"], ttlMs: Infinity });
  return closing(createTransport({ allowCidrs: ["127.0.0.1"], resolve, ...options }));
}

function post(
  transport: ObservableTransport,
  receiver: Receiver,
  host = "127.0.0.1",
  timeoutMs = 8_000,
): Promise<Exchange> {
  const url = `http://${host}:${receiver.port}/`;
  return transport.send(readyRequest({ url, headers: [], body: "{}", timeoutMs }));
}

/** Posts to a separate endpoint: within an origin, the path identifies the endpoint. */
function postTo(
  transport: ObservableTransport,
  receiver: Receiver,
  path: string,
  timeoutMs = 8_000,
): Promise<Exchange> {
  const url = `http://127.0.0.1:${receiver.port}${path}`;
  return transport.send(readyRequest({ url, headers: [], body: "{}", timeoutMs }));
}

test("one origin gets no more sockets than the limit, and serves all requests", async () => {
  let openMost = 0;
  const receiver: Receiver = await closing(
    receiveRequests((socket) => {
      openMost = Math.max(openMost, receiver.open);
      setTimeout(() => socket.write(okAnswer), 5);
    }),
  );
  const transport = await transportWith();
  const exchanges = await Promise.all(
    Array.from({ length: 5 * limits.socketsPerOriginMax }, (_, number) =>
      postTo(transport, receiver, `/${number}`),
    ),
  );
  expect(exchanges.every((exchange) => exchange.responseStatus === 200)).toBe(true);
  expect(openMost).toBe(limits.socketsPerOriginMax);
  expect(receiver.accepted).toBe(limits.socketsPerOriginMax);
});

test("an endpoint has at most half of an origin's sockets, and another finds one at once", async () => {
  const held: (() => void)[] = [];
  const receiver = await closing(
    receiveRequests((socket, _number, { head }) => {
      if (head.startsWith("POST /quick ")) socket.write(okAnswer);
      else held.push(() => socket.write(okAnswer));
    }),
  );
  const transport = await transportWith();
  const most = limits.socketsPerOriginMax / 2;
  const slow = Array.from({ length: 2 * most }, () => postTo(transport, receiver, "/slow"));
  await eventually(() => held.length === most, "half of the sockets are in use");
  const quick = await postTo(transport, receiver, "/quick");
  expect(quick.responseStatus).toBe(200);
  expect(quick.timings.waitMs).toBeNull();
  expect(held).toHaveLength(most);
  const answering = setInterval(() => held.splice(0).forEach((answer) => answer()), 5);
  for (const { responseStatus } of await Promise.all(slow)) expect(responseStatus).toBe(200);
  clearInterval(answering);
});

test("waiting for a socket does not count as the receiver's time, and has its own timeout", async () => {
  const receiver = await closing(receiveRequests(() => {}));
  const transport = await transportWith();
  const most = limits.socketsPerOriginMax / 2;
  const timeoutMs = limits.socketWaitMs * 0.6;
  // Two groups of requests get sockets in turn and use them for their whole duration. The third
  // group gets none.
  const rows = Array.from({ length: 3 * most }, () => postTo(transport, receiver, "/", timeoutMs));
  const exchanges = await Promise.all(rows);
  const classes = exchanges.map(({ error }) => error?.class);
  expect(classes.filter((each) => each === "timeout")).toHaveLength(2 * most);
  const unsent = exchanges.filter(({ error }) => error?.class === "unsent");
  expect(unsent).toHaveLength(most);
  for (const { remoteAddress, durationMs } of unsent) {
    expect(remoteAddress).toBeNull();
    expect(durationMs).toBeGreaterThanOrEqual(limits.socketWaitMs - 1);
  }
  await eventually(() => receiver.open === 0, "no socket is open at the receiver");
  expect(receiver.requests).toHaveLength(2 * most);
}, 20_000);

test("a free socket goes to the endpoint that has the fewest", async () => {
  const held: (() => void)[] = [];
  const order: string[] = [];
  const receiver = await closing(
    receiveRequests((socket, _number, { head }) => {
      const [, path = ""] = head.split(" ");
      order.push(path);
      if (path === "/quick") socket.write(okAnswer);
      else held.push(() => socket.write(okAnswer));
    }),
  );
  const transport = await transportWith();
  const count = limits.socketsPerOriginMax;
  const paths = Array.from({ length: count }, (_, number) => `/slow/${number}`);
  // Each endpoint has a second request waiting, except the first endpoint, which gets a response.
  const slow = [...paths, ...paths.slice(1)].map((path) => postTo(transport, receiver, path));
  await eventually(() => held.length === count, "all sockets are in use");
  // These requests come last but are served next, because their endpoint has no socket yet.
  const quick = Array.from({ length: 10 }, () => postTo(transport, receiver, "/quick"));
  held.shift()?.();
  for (const { responseStatus } of await Promise.all(quick)) expect(responseStatus).toBe(200);
  expect(order.slice(0, count)).not.toContain("/quick");
  expect(order.slice(count, count + 10)).toEqual(Array(10).fill("/quick"));
  const answering = setInterval(() => held.splice(0).forEach((answer) => answer()), 5);
  for (const { responseStatus } of await Promise.all(slow)) expect(responseStatus).toBe(200);
  clearInterval(answering);
});

test("a failed exchange gives its place to the next one", async () => {
  const receiver = await closing(
    receiveRequests((socket, number) => {
      if (number <= limits.socketsPerOriginMax) socket.destroy();
      else socket.write(okAnswer);
    }),
  );
  const transport = await transportWith();
  const exchanges = await Promise.all(
    Array.from({ length: 2 * limits.socketsPerOriginMax }, () => post(transport, receiver)),
  );
  const statuses = exchanges.map((exchange) => exchange.responseStatus);
  expect(statuses.filter((status) => status === 200)).toHaveLength(limits.socketsPerOriginMax);
});

test("beyond the limit of origins, the least recently used one is closed", async () => {
  const receiver = await closing(receiveAndAnswer(okAnswer));
  const transport = await transportWith({ bounds: { originsMax: 3, socketsMax: 100 } });
  for (const host of ["a.hooks.test", "b.hooks.test", "c.hooks.test"]) {
    await post(transport, receiver, host);
  }
  await post(transport, receiver, "a.hooks.test");
  expect(receiver.accepted).toBe(3);
  await post(transport, receiver, "d.hooks.test");
  expect(transport.counts.pools).toBe(3);
  await eventually(() => receiver.open === 3, "one socket is closed");
  await post(transport, receiver, "a.hooks.test");
  await post(transport, receiver, "c.hooks.test");
  await post(transport, receiver, "d.hooks.test");
  expect(receiver.accepted).toBe(4);
  await post(transport, receiver, "b.hooks.test");
  expect(receiver.accepted).toBe(5);
});

test("closing an origin for another one does not interrupt its exchanges", async () => {
  const slow = await closing(
    receiveRequests((socket) => setTimeout(() => socket.write(okAnswer), 100)),
  );
  const transport = await transportWith({ bounds: { originsMax: 1, socketsMax: 100 } });
  const first = post(transport, slow, "a.hooks.test");
  const second = post(transport, slow, "b.hooks.test");
  expect((await first).responseStatus).toBe(200);
  expect((await second).responseStatus).toBe(200);
  await eventually(() => slow.open === 1, "the closed origin keeps no socket");
});

test("beyond the limit of sockets, an idle one of the least used origin is closed", async () => {
  const receiver = await closing(receiveAndAnswer(okAnswer));
  const transport = await transportWith({ bounds: { originsMax: 100, socketsMax: 2 } });
  await post(transport, receiver, "a.hooks.test");
  await post(transport, receiver, "b.hooks.test");
  await post(transport, receiver, "a.hooks.test");
  await post(transport, receiver, "c.hooks.test");
  await eventually(() => receiver.open === 2, "one socket is closed");
  await post(transport, receiver, "a.hooks.test");
  expect(receiver.accepted).toBe(3);
  await post(transport, receiver, "b.hooks.test");
  expect(receiver.accepted).toBe(4);
});

test("thousands of mixed exchanges with many origins leave nothing behind", async () => {
  const receivers = [
    await closing(receiveAndAnswer(okAnswer)),
    await closing(receiveAndAnswer("HTTP/1.1 500 No\r\nconnection: close\r\n\r\n")),
    await closing(receiveRequests((socket) => socket.destroy())),
    await closing(receive((socket) => socket.resume())),
    await closing(receiveAndAnswer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok")),
    await closing(receiveAndAnswer("SSH-2.0-OpenSSH_9.6\r\n")),
  ];
  const { resolve } = fakeNames(
    Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`h${n}.hooks.test`, ["127.0.0.1"]])),
  );
  const transport = await transportWith({ resolve });
  const exchanges = await Promise.all(
    Array.from({ length: 3_000 }, (_, n) => {
      const receiver = receivers[n % receivers.length];
      if (receiver === undefined) throw new Error("unreachable");
      return post(transport, receiver, `h${n % 50}.hooks.test`, 300);
    }),
  );
  expect(exchanges).toHaveLength(3_000);
  expect(transport.counts.exchanges).toBe(0);
  const openSockets = (): number => receivers.reduce((sum, each) => sum + each.open, 0);
  await eventually(() => transport.counts.sockets === openSockets(), "only kept sockets are open");
  expect(transport.counts.pools).toBeLessThanOrEqual(50);
  await transport.close();
  await eventually(() => openSockets() === 0, "all are closed");
});
