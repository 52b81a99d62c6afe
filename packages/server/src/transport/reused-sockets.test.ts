/** The receiver closes a kept connection while the next request is in flight. */
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Exchange } from "../pipeline/ports.ts";
import type { ResolveName } from "./resolver.ts";
import { createAuthority } from "./testing/certificates.ts";
import {
  okAnswer,
  receive,
  receiveAt,
  receiveRequests,
  type Receiver,
} from "./testing/receivers.ts";
import { createTransport, type ObservableTransport, type TransportOptions } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

const closers: (() => Promise<unknown>)[] = [];
const authority = createAuthority("Posthorn test root");
const certificate = authority.issue(["hooks.test"]);
const timeoutMs = 8_000;

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

function transportWith(options: Partial<TransportOptions> = {}): Promise<ObservableTransport> {
  const resolve: ResolveName = async () => ({ addresses: ["127.0.0.1"], ttlMs: Infinity });
  const ca = authority.cert;
  return closing(createTransport({ allowCidrs: ["127.0.0.0/8"], resolve, ca, ...options }));
}

interface Sent {
  readonly scheme?: string;
  readonly body?: string;
  readonly timeoutMs?: number;
}

function post(transport: ObservableTransport, port: number, sent: Sent = {}): Promise<Exchange> {
  const { scheme = "http", body = "{}" } = sent;
  const url = `${scheme}://hooks.test:${port}/hooks`;
  return transport.send(
    readyRequest({ url, headers: [], body, timeoutMs: sent.timeoutMs ?? timeoutMs }),
  );
}

/**
 * Starts a receiver that answers the first request of each socket. At the second, it calls
 * `onReuse` with the socket.
 */
function receiveOncePerSocket(onReuse: (socket: Socket) => void, tls?: object): Promise<Receiver> {
  const used = new WeakSet<Socket>();
  return receiveRequests((socket) => {
    if (used.has(socket)) return onReuse(socket);
    used.add(socket);
    socket.write(okAnswer);
  }, tls);
}

/**
 * Starts a receiver that closes a connection 30 ms after its last response, without an
 * announcement.
 */
function receiveWithShortKeepAlive(): Promise<Receiver> {
  const timers = new WeakMap<Socket, NodeJS.Timeout>();
  return receiveRequests((socket) => {
    clearTimeout(timers.get(socket));
    socket.write(okAnswer);
    timers.set(
      socket,
      setTimeout(() => socket.end(), 30),
    );
  });
}

/**
 * Adds 10 ms of network delay each way, so that a request and the close of its connection can
 * cross.
 */
function relay(near: Socket, port: number): void {
  const far = connect({ port, host: "127.0.0.1", noDelay: true });
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on("data", (bytes) => setTimeout(() => !to.destroyed && to.write(bytes), 10));
    from.on("end", () => setTimeout(() => to.end(), 10));
    from.on("error", () => {});
    from.on("close", () => setTimeout(() => to.destroy(), 10));
  }
}

const resent = { responseStatus: 200, error: null, isResent: true };

describe("a kept connection that breaks before the response starts", () => {
  test.each([
    ["is closed", "http", (socket: Socket) => socket.end()],
    ["is reset", "http", (socket: Socket) => socket.resetAndDestroy()],
    ["is closed, with TLS", "https", (socket: Socket) => socket.end()],
    ["is cut off, with TLS", "https", (socket: Socket) => socket.destroy()],
  ])("%s: the request is sent once more on a new one", async (_name, scheme, onReuse) => {
    const tls = scheme === "https" ? certificate : undefined;
    const receiver = await closing(receiveOncePerSocket(onReuse, tls));
    const transport = await transportWith();
    expect(await post(transport, receiver.port, { scheme })).toMatchObject({ isResent: false });
    const exchange = await post(transport, receiver.port, { scheme });
    expect(exchange).toMatchObject(resent);
    expect(exchange.timings.connectMs).not.toBeNull();
    expect(receiver).toMatchObject({ accepted: 2, open: 1 });
    expect(receiver.requests).toHaveLength(3);
    expect(receiver.requests[2]).toEqual(receiver.requests[1]);
    expect(transport.counts).toMatchObject({ sockets: 1, exchanges: 0 });
  });

  test.each(["http", "https"])("while a large body is written, over %s", async (scheme) => {
    const onSocket = (socket: Socket): void => {
      let received = 0;
      let isUsed = false;
      socket.on("data", (bytes: Buffer) => {
        received += bytes.length;
        // Closes the connection after the first packets, so that the rest of the request causes a
        // reset.
        if (isUsed && received > 100_000) return socket.destroy();
        if (!bytes.toString("latin1").endsWith("end")) return;
        isUsed = true;
        received = 0;
        socket.write(okAnswer);
      });
    };
    const tls = scheme === "https" ? certificate : undefined;
    const receiver = await closing(receive(onSocket, tls));
    const transport = await transportWith();
    await post(transport, receiver.port, { scheme, body: "end" });
    const body = `${"x".repeat(3_900_000)}end`;
    expect(await post(transport, receiver.port, { scheme, body })).toMatchObject(resent);
    expect(receiver.accepted).toBe(2);
  });

  test("costs no attempt in hundreds", async () => {
    const receiver = await closing(receiveOncePerSocket((socket) => socket.destroy()));
    const transport = await transportWith();
    const exchanges: Exchange[] = [];
    for (let n = 0; n < 100; n += 1) {
      const row = Array.from({ length: 4 }, () => post(transport, receiver.port));
      exchanges.push(...(await Promise.all(row)));
    }
    expect(exchanges.filter(({ responseStatus }) => responseStatus !== 200)).toEqual([]);
    expect(exchanges.filter(({ isResent }) => isResent).length).toBeGreaterThan(100);
  });

  test("costs no attempt at a distant server whose keep-alive time ends just then", async () => {
    const receiver = await closing(receiveWithShortKeepAlive());
    const distant = await closing(receive((socket) => relay(socket, receiver.port)));
    const transport = await transportWith();
    const exchanges: Exchange[] = [];
    const sendInTurn = async (pauseMs: number): Promise<void> => {
      for (let n = 0; n < 60; n += 1) {
        exchanges.push(await post(transport, distant.port));
        await new Promise((resolve) => setTimeout(resolve, pauseMs + (n % 8)));
      }
    };
    await Promise.all([12, 16, 20, 24, 28].map((pauseMs) => sendInTurn(pauseMs)));
    expect(exchanges).toHaveLength(300);
    expect(exchanges.filter(({ responseStatus }) => responseStatus !== 200)).toEqual([]);
    expect(exchanges.filter(({ isResent }) => isResent).length).toBeGreaterThan(5);
  }, 30_000);
});

describe("a request is not sent again", () => {
  test("when the new connection breaks as well", async () => {
    const receiver = await closing(
      receiveRequests((socket, number) => {
        if (number === 1) socket.write(okAnswer);
        else socket.destroy();
      }),
    );
    const transport = await transportWith();
    await post(transport, receiver.port);
    expect(await post(transport, receiver.port)).toMatchObject({
      responseStatus: null,
      error: { class: "closed" },
      isResent: true,
    });
    expect(receiver.requests).toHaveLength(3);
    // The broken connection was not kept: the next request uses a new one and is not sent twice.
    expect(await post(transport, receiver.port)).toMatchObject({
      error: { class: "closed" },
      isResent: false,
    });
    expect(receiver.requests).toHaveLength(4);
  });

  test.each([
    ["one byte of the answer", "H"],
    ["an interim answer", "HTTP/1.1 103 Early Hints\r\n\r\n"],
    ["something that is no answer", "SSH-2.0-OpenSSH_9.6\r\n"],
  ])("when %s came", async (_name, bytes) => {
    for (const tls of [undefined, certificate]) {
      const scheme = tls === undefined ? "http" : "https";
      const receiver = await closing(receiveOncePerSocket((socket) => socket.end(bytes), tls));
      const transport = await transportWith();
      await post(transport, receiver.port, { scheme });
      const exchange = await post(transport, receiver.port, { scheme });
      expect(exchange).toMatchObject({ responseStatus: null, isResent: false });
      expect(receiver.requests).toHaveLength(2);
    }
  });

  test("when a header is not allowed", async () => {
    const receiver = await closing(receiveOncePerSocket(() => {}));
    const transport = await transportWith();
    await post(transport, receiver.port);
    const url = `http://hooks.test:${receiver.port}/hooks`;
    const headers = ["x-a", "b\r\nx-injected: 1"];
    const exchange = await transport.send(readyRequest({ url, headers, body: "", timeoutMs }));
    expect(exchange).toMatchObject({ error: { class: "protocol" }, isResent: false });
  });
});

describe("the second request of an attempt", () => {
  test("shares its deadline", async () => {
    const receiver = await closing(
      receiveRequests((socket, number) => {
        if (number === 1) socket.write(okAnswer);
        else if (number === 2) setTimeout(() => socket.destroy(), 600);
      }),
    );
    const transport = await transportWith();
    await post(transport, receiver.port);
    const exchange = await post(transport, receiver.port, { timeoutMs: 1_000 });
    expect(exchange).toMatchObject({ error: { class: "timeout" }, isResent: true });
    expect(exchange.durationMs).toBeGreaterThan(900);
    // If the second request had its own deadline, the exchange would take 1.6 s.
    expect(exchange.durationMs).toBeLessThan(1_600);
  });

  test("keeps the first one's place in the queue", async () => {
    const receiver = await closing(receiveOncePerSocket((socket) => socket.destroy()));
    const transport = await transportWith();
    const exchanges = await Promise.all(
      Array.from({ length: 200 }, () => post(transport, receiver.port)),
    );
    expect(exchanges.filter(({ error }) => error !== null)).toEqual([]);
    expect(transport.counts.exchanges).toBe(0);
  });

  test.each([
    ["is refused where the name leads inside by then", "127.0.0.1", { class: "address" }],
    ["goes where the name leads by then", "127.0.0.0/8", null],
  ])("%s", async (_name, allowed, error) => {
    let nowMs = 0;
    const receiver = await closing(
      receiveOncePerSocket((socket) => {
        nowMs += 60_000;
        socket.destroy();
      }),
    );
    const moved = await closing(receiveAt("127.0.0.2", receiver.port));
    const resolve: ResolveName = async () => {
      return { addresses: [nowMs === 0 ? "127.0.0.1" : "127.0.0.2"], ttlMs: 1_000 };
    };
    const transport = await transportWith({ allowCidrs: [allowed], resolve, nowMs: () => nowMs });
    await post(transport, receiver.port);
    const exchange = await post(transport, receiver.port);
    if (error === null) expect(exchange).toMatchObject({ ...resent, remoteAddress: "127.0.0.2" });
    else expect(exchange).toMatchObject({ responseStatus: null, error, isResent: true });
    expect(moved.accepted).toBe(error === null ? 1 : 0);
    expect(receiver.requests).toHaveLength(2);
  });
});

test("a connection is closed before the receiver closes it, if it announces when", async () => {
  const answer = okAnswer.replace("\r\n\r\n", "\r\nkeep-alive: timeout=3\r\n\r\n");
  const receiver = await closing(
    receiveRequests((socket) => {
      socket.write(answer);
      setTimeout(() => socket.destroy(), 3_000);
    }),
  );
  const transport = await transportWith();
  await post(transport, receiver.port);
  await new Promise((resolve) => setTimeout(resolve, 2_600));
  expect(receiver.open).toBe(0);
  expect(await post(transport, receiver.port)).toMatchObject({ responseStatus: 200 });
  expect(receiver.accepted).toBe(2);
});
