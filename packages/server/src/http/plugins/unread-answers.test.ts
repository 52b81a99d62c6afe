/** Callers request large responses but do not read them. */
import { connect, type AddressInfo, type Socket } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { takeCallers } from "./auth.ts";
import { boundUnreadAnswers } from "./unread-answers.ts";

/** A response that is larger than the kernel's buffers. */
const answerBytes = 16 * 1024 * 1024;

let app: FastifyInstance;
const sockets: Socket[] = [];

beforeEach(async () => {
  app = Fastify();
  takeCallers(app);
  boundUnreadAnswers(app, 4 * answerBytes);
  app.addHook("onRequest", (request, _reply, done) => {
    const orgId = String(request.headers["x-org"]);
    request.caller = {
      kind: "key",
      via: "api_key",
      keyId: orgId,
      orgId,
      orgExternalId: null,
      role: "read",
    };
    done();
  });
  const large = "x".repeat(answerBytes);
  app.get("/large", () => large);
  app.get("/small", () => "x".repeat(limits.unreadAnswerBytesLeast - 1));
  await app.listen({ host: "127.0.0.1", port: 0 });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

/** Requests the path, but reads only the status line. */
async function ask(orgId: string, path = "/large"): Promise<{ status: number; socket: Socket }> {
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: posthorn\r\nX-Org: ${orgId}\r\n\r\n`);
  const first = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
  socket.pause();
  return { status: Number(first.toString("latin1").split(" ")[1]), socket };
}

test("one org holds at most half, and others can still get responses", async () => {
  const [one, two] = [await ask("a"), await ask("a")];
  expect([one.status, two.status]).toEqual([200, 200]);
  const refused = await ask("a");
  expect(refused.status).toBe(429);
  expect((await ask("a", "/small")).status).toBe(200);
  expect((await ask("b")).status).toBe(200);
  // An org without unread responses may use everything that is free.
  expect((await ask("c")).status).toBe(200);
  expect((await ask("d")).status).toBe(429);
  one.socket.destroy();
  await expect.poll(async () => (await ask("d")).status).toBe(200);
});

test("a response that was read no longer counts", async () => {
  for (let round = 0; round < 6; round += 1) {
    const { port } = app.server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/large`, { headers: { "x-org": "a" } });
    expect([response.status, (await response.text()).length]).toEqual([200, answerBytes]);
  }
});
