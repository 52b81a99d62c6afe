import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Exchange } from "../pipeline/ports.ts";
import {
  brokenBodies,
  early,
  notHttp,
  oddContents,
  shortMs,
  slowReceivers,
  type HostileReceiver,
} from "./testing/hostile-receivers.ts";
import {
  eventually,
  freePort,
  receive,
  receiveRequests,
  type Receiver,
} from "./testing/receivers.ts";
import { createTransport } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

/** A timeout for receivers that end the exchange themselves, which must never be reached. */
const longMs = 10_000;
const marginMs = 1_500;
const ok = "HTTP/1.1 200 OK\r\n";

async function startReceiver({ onSocket, onRequest }: HostileReceiver): Promise<Receiver> {
  return onRequest === undefined ? receive(onSocket ?? (() => {})) : receiveRequests(onRequest);
}

/** Makes one exchange, and checks that it leaves nothing behind. */
async function exchangeWith(hostile: HostileReceiver, timeoutMs: number): Promise<Exchange> {
  const receiver = await startReceiver(hostile);
  const transport = createTransport({ allowCidrs: ["127.0.0.0/8"] });
  try {
    const exchange = await transport.send(
      readyRequest({
        url: `${hostile.scheme ?? "http"}://127.0.0.1:${receiver.port}/hooks`,
        headers: ["content-type", "application/json"],
        body: "x".repeat(hostile.bodyChars ?? 100),
        timeoutMs,
      }),
    );
    // A connection to a receiver that misbehaved is not kept: no socket stays open at either end.
    if (exchange.error !== null || exchange.responseBodyCut) {
      await eventually(() => transport.counts.sockets === 0, "our socket is closed");
      await eventually(() => receiver.open === 0, "the receiver's socket is closed");
    }
    return exchange;
  } finally {
    await transport.close();
    await receiver.close();
  }
}

function expectOutcome(exchange: Exchange, hostile: HostileReceiver): void {
  expect(exchange).toMatchObject({
    responseStatus: hostile.status,
    responseBodyCut: hostile.isCut ?? false,
    remoteAddress: "127.0.0.1",
  });
  expect(exchange.error?.class ?? null).toBe(hostile.error);
  if (hostile.message !== undefined) expect(exchange.error?.message).toMatch(hostile.message);
  if (hostile.body !== undefined) expect(exchange.responseBody).toBe(hostile.body);
  // The body must contain no text that PostgreSQL rejects, and must not exceed the limit.
  expect(exchange.responseBody).not.toContain("\0");
  expect(exchange.responseBody).not.toMatch(/\p{Cs}/u);
  expect(Buffer.byteLength(exchange.responseBody)).toBeLessThanOrEqual(
    limits.responseBodyKeptBytes,
  );
}

describe("a receiver that", () => {
  test.concurrent.for(slowReceivers)("$name: $status $error", async (hostile) => {
    const timeoutMs = hostile.timeoutMs ?? shortMs;
    const exchange = await exchangeWith(hostile, timeoutMs);
    expectOutcome(exchange, hostile);
    const freeByMs = Math.min(timeoutMs, limits.responseBodyWaitMs) + marginMs;
    expect(exchange.durationMs).toBeLessThan(freeByMs);
  });

  test.concurrent.for([...early, ...brokenBodies, ...oddContents, ...notHttp])(
    "$name: $status $error",
    async (hostile) => {
      const exchange = await exchangeWith(hostile, longMs);
      expectOutcome(exchange, hostile);
      expect(exchange.durationMs).toBeLessThan(longMs);
    },
  );

  test("refuses the connection: connect", async () => {
    const port = await freePort();
    const transport = createTransport({ allowCidrs: ["127.0.0.0/8"] });
    const exchange = await transport.send(
      readyRequest({
        url: `http://127.0.0.1:${port}/`,
        headers: [],
        body: "",
        timeoutMs: longMs,
      }),
    );
    expect(exchange).toMatchObject({
      responseStatus: null,
      error: { class: "connect", message: "The server refused the connection." },
      remoteAddress: null,
    });
    await eventually(() => transport.counts.pools === 0, "nothing is kept of it");
    await transport.close();
  });

  test("sends headers that may trip a program: they are kept unchanged", async () => {
    const head = [
      "retry-after: 99999999999",
      "set-cookie: a=1",
      "Set-Cookie: b=2",
      "__proto__: x",
      "constructor: y",
      "X-Name: Jos\xe9",
    ].join("\r\n");
    const answer = Buffer.from(`${ok}${head}\r\ncontent-length: 0\r\n\r\n`, "latin1");
    const receiver = await receiveRequests((socket) => socket.write(answer));
    const transport = createTransport({ allowCidrs: ["127.0.0.0/8"] });
    const request = readyRequest({ url: receiver.url, headers: [], body: "x", timeoutMs: longMs });
    const { responseHeaders } = await transport.send(request);
    expect(Object.entries(responseHeaders)).toEqual([
      ["retry-after", "99999999999"],
      ["set-cookie", "a=1, b=2"],
      ["__proto__", "x"],
      ["constructor", "y"],
      ["x-name", "José"],
      ["content-length", "0"],
    ]);
    await transport.close();
    await receiver.close();
  });
});
