import { afterEach, describe, expect, test } from "vitest";
import type { Exchange } from "../pipeline/ports.ts";
import {
  eventually,
  freePort,
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

function transportWith(options: Partial<TransportOptions> = {}): Promise<ObservableTransport> {
  return closing(createTransport({ allowCidrs: ["127.0.0.0/8"], ...options }));
}

function post(
  transport: ObservableTransport,
  { url }: Pick<Receiver, "url">,
  headers: readonly string[] = [],
): Promise<Exchange> {
  return transport.send(readyRequest({ url, headers, body: "{}", timeoutMs: 8_000 }));
}

describe("a request", () => {
  test("is sent as given, with Host, length and encoding added", async () => {
    const receiver = await closing(receiveAndAnswer(okAnswer));
    const transport = await transportWith();
    const exchange = await transport.send(
      readyRequest({
        url: `http://127.0.0.1:${receiver.port}/hooks/1?a=b%20c#d`,
        headers: ["content-type", "application/json", "webhook-id", "msg_1"],
        body: '{"name":"Jürgen €"}',
        timeoutMs: 8_000,
      }),
    );
    expect(exchange).toEqual({
      responseStatus: 200,
      responseHeaders: { "content-length": "2" },
      responseBody: "ok",
      responseBodyCut: false,
      error: null,
      isResent: false,
      durationMs: expect.any(Number) as number,
      timings: {
        dnsMs: expect.any(Number) as number,
        waitMs: null,
        connectMs: expect.any(Number) as number,
        tlsMs: null,
        firstByteMs: expect.any(Number) as number,
      },
      remoteAddress: "127.0.0.1",
    });
    const [request] = receiver.requests;
    expect(request?.head.split("\r\n")).toEqual([
      "POST /hooks/1?a=b%20c HTTP/1.1",
      `host: 127.0.0.1:${receiver.port}`,
      "connection: keep-alive",
      "content-type: application/json",
      "webhook-id: msg_1",
      "accept-encoding: identity",
      "content-length: 22",
    ]);
    expect(Buffer.from(request?.body ?? "", "latin1").toString()).toBe('{"name":"Jürgen €"}');
  });

  test("keeps its own encoding and user agent, and cannot choose another host", async () => {
    const receiver = await closing(receiveAndAnswer(okAnswer));
    const transport = await transportWith({ userAgent: "Posthorn/1.0" });
    await post(transport, receiver);
    await post(transport, receiver, [
      "Accept-Encoding",
      "gzip",
      "USER-AGENT",
      "mine",
      "Host",
      "internal.example",
    ]);
    const [first = "", second = ""] = receiver.requests.map((each) => each.head.toLowerCase());
    expect(first).toContain("accept-encoding: identity\r\nuser-agent: posthorn/1.0");
    expect(second).toContain("accept-encoding: gzip\r\nuser-agent: mine");
    expect(second).not.toMatch(/identity|posthorn|internal\.example/);
    expect(second.match(/host:/g)).toHaveLength(1);
  });

  test.each([
    [["x-a", "b\r\nx-injected: 1"]],
    [["x-a\r\nx-injected", "1"]],
    [["x a", "1"]],
    [["transfer-encoding", "chunked"]],
    [["expect", "100-continue"]],
    [["content-length", "1, 2"]],
  ])("with the header %j is not sent, and says so", async (headers) => {
    const receiver = await closing(receiveAndAnswer(okAnswer));
    const transport = await transportWith();
    const exchange = await post(transport, receiver, headers);
    expect(exchange).toMatchObject({ responseStatus: null, error: { class: "protocol" } });
    expect(exchange.error?.message).toMatch(/one of its headers is not allowed/);
    expect(receiver.requests).toEqual([]);
    // The rejected request does not affect the next one.
    expect(await post(transport, receiver)).toMatchObject({ responseStatus: 200 });
  });

  test.each([301, 302, 303, 307, 308])("is not repeated at the target of a %i", async (status) => {
    const trap = await closing(receiveAndAnswer(okAnswer));
    const location = `HTTP/1.1 ${status} Go\r\nlocation: ${trap.url}\r\ncontent-length: 0\r\n\r\n`;
    const receiver = await closing(receiveAndAnswer(location));
    const exchange = await post(await transportWith(), receiver);
    expect(exchange).toMatchObject({ responseStatus: status, error: null });
    expect(exchange.responseHeaders["location"]).toBe(trap.url);
    expect(receiver.requests).toHaveLength(1);
    expect(trap.accepted).toBe(0);
  });
});

describe("a connection", () => {
  test("is kept and used again", async () => {
    const receiver = await closing(receiveAndAnswer(okAnswer));
    const transport = await transportWith();
    for (let n = 0; n < 5; n += 1) await post(transport, receiver);
    expect(receiver).toMatchObject({ accepted: 1, open: 1 });
    expect(receiver.requests).toHaveLength(5);
  });

  test.each([0, 20])(
    "is not used again if it received an unrequested response, after %i ms",
    async (afterMs) => {
      const answer = (body: string): string =>
        `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      const receiver = await closing(
        receiveRequests((socket, number) => {
          if (number > 1) socket.write(answer("own"));
          else if (afterMs === 0) socket.write(answer("first") + answer("forged"));
          else {
            socket.write(answer("first"));
            setTimeout(() => socket.write(answer("forged")), afterMs);
          }
        }),
      );
      const transport = await transportWith();
      const first = await post(transport, receiver);
      await new Promise((resolve) => setTimeout(resolve, afterMs * 3));
      const second = await post(transport, receiver);
      expect([first.responseBody, second.responseBody]).toEqual(["first", "own"]);
    },
  );

  test("that was closed while idle costs no attempt", async () => {
    const receiver = await closing(
      receiveRequests((socket) => {
        socket.write(okAnswer);
        setTimeout(() => socket.end(), 10);
      }),
    );
    const transport = await transportWith();
    await post(transport, receiver);
    await eventually(() => transport.counts.pools === 0, "nothing is kept for the origin");
    expect(await post(transport, receiver)).toMatchObject({ responseStatus: 200 });
    expect(receiver).toMatchObject({ accepted: 2 });
  });

  test("is closed when the receiver asks for it", async () => {
    const answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    const receiver = await closing(receiveAndAnswer(answer));
    const transport = await transportWith();
    const exchanges = await Promise.all([1, 2, 3].map(() => post(transport, receiver)));
    expect(exchanges.map((each) => each.responseStatus)).toEqual([200, 200, 200]);
    await eventually(() => receiver.open === 0, "no socket is open");
    expect(receiver.accepted).toBe(3);
  });

  test.each([
    ["at once", 0],
    ["later", 20],
  ])("that receives a second response %s discards it", async (_name, delayMs) => {
    const forged = "HTTP/1.1 418 Forged\r\ncontent-length: 0\r\n\r\n";
    const receiver = await closing(
      receiveRequests((socket, number) => {
        if (number > 1) socket.write(okAnswer);
        else if (delayMs === 0) socket.write(okAnswer + forged);
        else socket.write(okAnswer, () => setTimeout(() => socket.write(forged), delayMs));
      }),
    );
    const transport = await transportWith();
    expect(await post(transport, receiver)).toMatchObject({ responseStatus: 200 });
    await new Promise((resolve) => setTimeout(resolve, 2 * delayMs));
    expect(await post(transport, receiver)).toMatchObject({ responseStatus: 200 });
    expect(receiver.accepted).toBe(2);
  });
});

describe("closing the transport", () => {
  test("ends exchanges in flight as shutdown, and leaves no socket", async () => {
    const receiver = await closing(receive((socket) => socket.resume()));
    const answering = await closing(receiveAndAnswer(okAnswer));
    const partial = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok";
    const dripping = await closing(receiveAndAnswer(partial));
    const transport = await transportWith();
    await post(transport, answering);
    const waiting = Array.from({ length: 80 }, () => post(transport, receiver));
    const stalled = await closing(receive((socket) => socket.resume()));
    waiting.push(post(transport, { url: `https://127.0.0.1:${stalled.port}/` }));
    const reading = post(transport, dripping);
    await eventually(() => receiver.accepted === 64, "all sockets to the origin are in use");
    await eventually(() => dripping.requests.length === 1, "the answer is on its way");
    await eventually(() => stalled.accepted === 1, "a handshake is under way");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(transport.counts).toEqual({ pools: 4, sockets: 67, exchanges: 82 });

    await transport.close();
    expect(transport.counts).toEqual({ pools: 0, sockets: 0, exchanges: 0 });
    for (const exchange of await Promise.all(waiting)) {
      expect(exchange).toMatchObject({ responseStatus: null, error: { class: "shutdown" } });
    }
    // The status already decides the outcome. Cutting off the body does not change it.
    expect(await reading).toMatchObject({ responseStatus: 200, error: { class: "shutdown" } });
    const receivers = [receiver, answering, dripping, stalled];
    await eventually(() => receivers.every((each) => each.open === 0), "all is closed");

    expect(await post(transport, answering)).toMatchObject({ error: { class: "shutdown" } });
    expect(answering.requests).toHaveLength(1);
    await transport.close();
  });

  test("does not wait for a DNS query", async () => {
    const transport = await transportWith({ resolve: () => new Promise(() => {}) });
    const exchange = post(transport, { url: `https://hooks.example.com:${await freePort()}/` });
    await transport.close();
    expect(await exchange).toMatchObject({ responseStatus: null, error: { class: "shutdown" } });
  });
});
