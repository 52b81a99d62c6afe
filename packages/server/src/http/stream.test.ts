/** Tests the timers of the stream. Connections are real, but the test controls the clock. */
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { LiveFeed } from "../observe/live-feed.ts";
import { VirtualClock } from "../simulation/clock.ts";
import { StreamKeys } from "./event-stream.ts";
import { registerStream } from "./stream.ts";

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

interface Reading {
  text: string;
  readonly response: IncomingMessage;
  readonly ended: Promise<void>;
}

async function start() {
  const clock = new VirtualClock(1_000);
  const door = { error: null as unknown, announced: 0 };
  const live = new LiveFeed({
    clock,
    announceWatched: () => {
      door.announced += 1;
      return Promise.resolve();
    },
    announceLive: () => Promise.resolve(),
    orgTexts: () => new Map(),
    onError: () => {},
  });
  app = Fastify();
  registerStream(app, "/stream", {
    tenants: { inTurn: (_orgId, work) => work() },
    live,
    clock,
    authenticate: () => (door.error === null ? Promise.resolve() : Promise.reject(door.error)),
    principalOf: () => ({ kind: "admin" }),
    streamKeys: new StreamKeys(),
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const read = (): Promise<Reading> =>
    new Promise((resolve, reject) => {
      get({ port, host: "127.0.0.1", path: "/stream", agent: false }, (response) => {
        const reading: Reading = {
          text: "",
          response,
          ended: new Promise((end) => response.once("close", end)),
        };
        response.on("data", (chunk: Buffer) => {
          if (reading.text === "") setImmediate(() => resolve(reading));
          reading.text += chunk.toString();
        });
        response.on("error", () => {});
      }).once("error", reject);
    });
  return { clock, door, read };
}

test("starts with hello, sends heartbeats, and ends after its maximum time", async () => {
  const { clock, read } = await start();
  const reading = await read();
  expect(reading.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  expect(reading.text).toBe('event: hello\ndata: {"at":"1970-01-01T00:00:01.000000+00:00"}\n\n');
  await clock.run(1_000 + limits.streamMs);
  await reading.ended;
  const beats = reading.text.split(": beat\n\n").length - 1;
  expect(beats).toBeGreaterThanOrEqual(limits.streamMs / limits.streamBeatMs - 1);
  expect(reading.response.complete).toBe(true);
});

test("ends when its key is deleted or expires, but not because the database is away", async () => {
  const { clock, door, read } = await start();
  const reading = await read();
  door.error = new PosthornError("PH_DATABASE_UNAVAILABLE");
  await clock.run(clock.now() + limits.streamBeatMs * 2);
  const marks = reading.text.length;
  door.error = new PosthornError("PH_KEY_WRONG");
  expect(reading.response.closed).toBe(false);
  await clock.run(clock.now() + limits.streamBeatMs);
  await reading.ended;
  expect(reading.text.length).toBeGreaterThanOrEqual(marks);
});

test("nothing is watched after the reader has gone", async () => {
  const { clock, door, read } = await start();
  const reading = await read();
  await clock.run(clock.now() + limits.watchAnnounceMs);
  expect(door.announced).toBe(2);
  reading.response.destroy();
  await reading.ended;
  const isAnnounced = async (): Promise<boolean> => {
    const before = door.announced;
    await clock.run(clock.now() + limits.watchAnnounceMs);
    return door.announced > before;
  };
  // The server notices the end of the connection a moment later.
  for (let tries = 0; tries < 20 && (await isAnnounced()); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await isAnnounced()).toBe(false);
});
