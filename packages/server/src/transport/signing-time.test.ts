/** Requests are signed when they can be written, however long that takes. */
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { SignedRequest } from "../pipeline/ports.ts";
import { createAuthority } from "./testing/certificates.ts";
import { eventually, okAnswer, receiveAndAnswer, receiveRequests } from "./testing/receivers.ts";
import { createTransport } from "./transport.ts";

const authority = createAuthority("Posthorn test root");
const certificate = authority.issue(["hooks.test"]);
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function closing<Item extends { close(): Promise<unknown> }>(
  item: Item | Promise<Item>,
): Promise<Item> {
  const started = await item;
  closers.push(() => started.close());
  return started;
}

/** Forwards to a port, and delays the first bytes of each connection: its TLS handshake. */
async function startDelay(port: number, delayMs: number): Promise<number> {
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const each of [near, far]) each.on("error", () => {});
    near.pause();
    setTimeout(() => near.pipe(far).pipe(near), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

test("after 2 s of DNS and TLS, the signature is new when the request is written", async () => {
  const delayMs = 1_000;
  const arrivedAtMs: number[] = [];
  const receiver = await closing(
    receiveRequests((socket) => {
      arrivedAtMs.push(performance.now());
      socket.write(okAnswer);
    }, certificate),
  );
  const port = await startDelay(receiver.port, delayMs);
  const transport = await closing(
    createTransport({
      allowCidrs: ["127.0.0.0/8"],
      ca: authority.cert,
      resolve: async () => {
        await sleep(delayMs);
        return { addresses: ["127.0.0.1"], ttlMs: Infinity };
      },
    }),
  );
  const startedAtMs = performance.now();
  const signedAtMs: number[] = [];
  const request = {
    url: `https://hooks.test:${port}/`,
    timeoutMs: 20_000,
    sign: (): SignedRequest => {
      signedAtMs.push(performance.now());
      return { headers: [], body: "{}" };
    },
  };
  const exchanges = await Promise.all([1, 2, 3].map(() => transport.send(request)));
  expect(exchanges.map((each) => each.responseStatus)).toEqual([200, 200, 200]);
  expect(signedAtMs).toHaveLength(3);
  // Timers may fire a millisecond early.
  expect(Math.min(...signedAtMs) - startedAtMs).toBeGreaterThan(2 * delayMs - 10);
  // Neighbours on the machine can delay any of the three.
  const agesMs = arrivedAtMs.map((atMs) => atMs - Math.max(...signedAtMs.filter((t) => t < atMs)));
  expect(Math.min(...agesMs)).toBeLessThan(100);
});

test("a request that is sent again on a new connection is signed again", async () => {
  const bodies: string[] = [];
  const receiver = await closing(
    receiveRequests((socket, number) => {
      if (number === 2) socket.end();
      else socket.write(okAnswer);
    }),
  );
  const transport = await closing(createTransport({ allowCidrs: ["127.0.0.0/8"] }));
  const request = {
    url: `http://127.0.0.1:${receiver.port}/`,
    timeoutMs: 8_000,
    sign: (): SignedRequest => {
      bodies.push(`signature ${bodies.length + 1}`);
      return { headers: [], body: bodies.at(-1) ?? "" };
    },
  };
  expect(await transport.send(request)).toMatchObject({ isResent: false });
  expect(await transport.send(request)).toMatchObject({ isResent: true, responseStatus: 200 });
  expect(bodies).toHaveLength(3);
  expect(receiver.requests.map(({ body }) => body)).toEqual(bodies);
});

test("a request that cannot be signed is not sent, and a kept connection stays", async () => {
  const receiver = await closing(receiveAndAnswer(okAnswer));
  const transport = await closing(createTransport({ allowCidrs: ["127.0.0.0/8"] }));
  const error = { class: "internal", message: "There is no secret.", isFinal: true } as const;
  const to = { url: `http://127.0.0.1:${receiver.port}/`, timeoutMs: 8_000 };
  const ready = { ...to, sign: () => ({ headers: [], body: "{}" }) };
  const unsigned = { ...to, sign: () => error };
  expect(await transport.send(unsigned)).toMatchObject({ responseStatus: null, error });
  await eventually(() => transport.counts.sockets === 0, "the unused socket is closed");
  expect(await transport.send(ready)).toMatchObject({ responseStatus: 200 });
  expect(await transport.send(unsigned)).toMatchObject({ responseStatus: null, error });
  expect(transport.counts.sockets).toBe(1);
  expect(await transport.send(ready)).toMatchObject({ responseStatus: 200 });
  expect(receiver.requests).toHaveLength(2);
});
