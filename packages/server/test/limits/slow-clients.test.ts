/**
 * The server disconnects clients that keep a connection without using it. Other clients are served.
 */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { adminKey, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
const sockets: Socket[] = [];
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await posthorn.close();
});

interface Client {
  readonly socket: Socket;
  /** What the server sent before it closed the connection, and how long that took. */
  readonly closed: Promise<{ readonly said: string; readonly afterMs: number }>;
}

function open(first: string, drip: string | null): Client {
  const startedMs = performance.now();
  const { hostname, port } = new URL(posthorn.service.url);
  const socket = connect({ host: hostname, port: Number(port) });
  sockets.push(socket);
  let said = "";
  socket.setEncoding("latin1").on("data", (text: string) => (said += text));
  socket.on("error", () => undefined);
  socket.write(first);
  const dripping = setInterval(() => {
    if (drip !== null && socket.writable) socket.write(drip);
  }, 400);
  const closed = new Promise<{ said: string; afterMs: number }>((resolve) => {
    socket.on("close", () => {
      clearInterval(dripping);
      resolve({ said, afterMs: performance.now() - startedMs });
    });
  });
  return { socket, closed };
}

const head = `POST /rest/v1/webhook_events HTTP/1.1\r\nHost: posthorn\r\nAuthorization: Bearer ${adminKey}\r\n`;
/** The server checks each `slowClientsCheckMs`. The additional time is for a busy machine. */
const lateMs = limits.slowClientsCheckMs + 4_000;

test("dripped headers, dripped bodies and silence end at their timeouts", async () => {
  const kinds = {
    "says nothing": { client: open("", null), byMs: limits.requestHeadersMs },
    "drips its headers": { client: open(head, "X-A: b\r\n"), byMs: limits.requestHeadersMs },
    "stops within its headers": { client: open(head, null), byMs: limits.requestHeadersMs },
    "drips its body": {
      client: open(
        `${head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"a":"`,
        "x",
      ),
      byMs: limits.requestMs,
    },
    "drips chunks": {
      client: open(
        `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        "1\r\n \r\n",
      ),
      byMs: limits.requestMs,
    },
  };
  const crowd = Array.from({ length: 200 }, () => open(head, "X-A: b\r\n"));
  const checking = setInterval(() => void posthorn.api.get("/healthz"), 100);
  // Meanwhile the server still responds to normal requests immediately.
  const askedMs = performance.now();
  expect((await posthorn.api.get("/rest/v1/webhook_event_types?limit=1")).status).toBe(200);
  expect(performance.now() - askedMs).toBeLessThan(limits.requestHeadersMs / 2);
  for (const [kind, { client, byMs }] of Object.entries(kinds)) {
    const { said, afterMs } = await client.closed;
    expect(afterMs, kind).toBeGreaterThan(byMs - 1_500);
    expect(afterMs, kind).toBeLessThan(byMs + lateMs);
    expect(said, kind).toMatch(/^HTTP\/1\.1 408 [^]*"PH_REQUEST_TOO_SLOW"/);
  }
  for (const each of crowd) {
    expect((await each.closed).afterMs).toBeLessThan(limits.requestHeadersMs + lateMs);
  }
  clearInterval(checking);
});
