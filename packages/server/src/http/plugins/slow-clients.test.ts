/** Responses that are not read, and too many connections. */
import { connect, type AddressInfo, type Socket } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../limits.ts";
import { boundAnswers, serverBounds } from "./slow-clients.ts";

let app: FastifyInstance;
const sockets: Socket[] = [];

async function start(options: Readonly<Record<string, unknown>> = {}): Promise<void> {
  app = Fastify({ ...serverBounds, ...options });
  boundAnswers(app, limits.connectionsMax);
  // A response that is larger than the kernel's buffers.
  const large = "x".repeat(64 * 1024 * 1024);
  app.get("/large", (_request, reply) => reply.send(large));
  app.get("/endless", { config: { isEndless: true } }, (_request, reply) => {
    reply.hijack();
    reply.raw.write("begun");
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
}

afterEach(async () => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

function ask(path: string): Socket {
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: posthorn\r\n\r\n`);
  return socket;
}

const isClosed = (socket: Socket, withinMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });

const firstByte = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("data", () => resolve()));

const connections = (): Promise<number> =>
  new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));

test("the server has the configured limits", async () => {
  await start();
  expect(app.server.requestTimeout).toBe(limits.requestMs);
  expect(app.server.headersTimeout).toBe(limits.requestHeadersMs);
  expect(app.server.timeout).toBe(limits.connectionSilentMs);
  expect(app.server.keepAliveTimeout).toBe(limits.connectionIdleMs);
  expect(app.server.maxConnections).toBe(limits.connectionsMax);
});

test("a response on which no byte moves is aborted", async () => {
  await start({ connectionTimeout: 300 });
  const socket = ask("/large");
  await firstByte(socket);
  socket.pause();
  await vi.waitFor(async () => expect(await connections()).toBe(0), 5_000);
});

test("connections beyond the maximum are closed, and there is room when one ends", async () => {
  await start();
  app.server.maxConnections = 2;
  const first = ask("/endless");
  await firstByte(first);
  await firstByte(ask("/endless"));
  expect(await isClosed(ask("/endless"), 2_000)).toBe(true);
  first.destroy();
  await vi.waitFor(async () => expect(await connections()).toBe(1), 5_000);
  await firstByte(ask("/endless"));
});

test("a response that is read too slowly is ended, a stream is not", async () => {
  // The test uses a fake clock, because a response may take two minutes.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  await start();
  const slow = ask("/large");
  const endless = ask("/endless");
  await Promise.all([firstByte(slow), firstByte(endless)]);
  slow.pause();
  vi.advanceTimersByTime(limits.answerMs - limits.slowClientsCheckMs);
  expect(await connections()).toBe(2);
  vi.advanceTimersByTime(2 * limits.slowClientsCheckMs);
  await vi.waitFor(async () => expect(await connections()).toBe(1));
  expect(endless.destroyed).toBe(false);
});
