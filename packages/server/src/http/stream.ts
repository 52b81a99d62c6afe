/**
 * `GET /rest/v1/stream`: live updates as server-sent events (HTML Standard, 9.2).
 *
 * PostgREST has no equivalent.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Principal } from "../model/principal.ts";
import { apiTimestamp } from "../postgres/timestamp.ts";
import type { LiveFeed } from "../observe/live-feed.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { Tenants } from "../postgres/tenants.ts";
import { groups } from "./reference/groups.ts";
import { errorBody } from "./rest/schema.ts";
import { checkValue } from "./rest/values.ts";

export interface StreamDependencies {
  readonly live: LiveFeed;
  readonly tenants: Pick<Tenants, "inTurn">;
  readonly clock: Clock;
  /** Checks the request's credentials again. */
  authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  principalOf(request: FastifyRequest): Principal;
}

/** Open streams end when the app closes. */
export function registerStream(
  app: FastifyInstance,
  url: string,
  dependencies: StreamDependencies,
): void {
  const streams = new Set<Stream>();
  app.addHook("preClose", async () => {
    for (const stream of streams) stream.end();
  });
  const options = { schema, exposeHeadRoute: false, config: { isEndless: true } };
  app.get(url, options, async (request, reply) => {
    const principal = dependencies.principalOf(request);
    const orgId = scopeOf(request, principal);
    checkRoom(streams, principal);
    // Add the stream before any await. Otherwise parallel requests would all get the last free
    // place.
    const stream = new Stream(reply.raw, principal);
    streams.add(stream);
    reply.raw.once("close", () => {
      stream.end();
      streams.delete(stream);
    });
    try {
      // The first stream of an org sends a notification, and commits with notifications run one at
      // a time. So streams are started in turn.
      const stopWatching = await dependencies.tenants.inTurn(orgOf(principal), () =>
        dependencies.live.watch(orgId, (batch) => stream.send("deliveries", batch)),
      );
      stream.onEnd(stopWatching);
    } catch (error) {
      streams.delete(stream);
      throw error;
    }
    reply.hijack();
    stream.begin(reply.getHeaders(), apiTimestamp(dependencies.clock.now()));
    stream.onEnd(
      dependencies.clock.after(lifeMs(principal, dependencies.clock.now()), () => stream.end()),
    );
    stream.onEnd(
      beat(stream, dependencies.clock, () => isStillLetIn(request, reply, dependencies)),
    );
    return reply;
  });
}

/**
 * A token's expiry is known in advance. A key may be deleted earlier; the regular check detects
 * that.
 */
function lifeMs(principal: Principal, nowMs: number): number {
  if (!("via" in principal) || principal.via !== "jwt") return limits.streamMs;
  return Math.max(0, Math.min(limits.streamMs, principal.expiresAtMs - nowMs));
}

/** @throws PosthornError `PH_TOO_MANY_STREAMS` */
function checkRoom(streams: ReadonlySet<Stream>, principal: Principal): void {
  const ofOrg = [...streams].filter(({ orgId }) => orgId === orgOf(principal)).length;
  const isFull =
    streams.size >= limits.streamsMax ||
    (principal.kind === "key" && ofOrg >= limits.streamsPerOrgMax);
  if (isFull) throw new PosthornError("PH_TOO_MANY_STREAMS", {}, { retryAfterSeconds: 10 });
}

/** @throws PosthornError `42501`, `PH_UUID_INVALID`, `PH_NOT_FOUND` */
function scopeOf(request: FastifyRequest, principal: Principal): string | null {
  const { org_id: given } = request.query as { org_id?: unknown };
  if (principal.kind === "key" && principal.role === "publish") {
    throw new PosthornError("42501", { problem: "permission denied for the stream" });
  }
  const wanted =
    given === undefined ? null : (checkValue({ name: "org_id", type: "uuid" }, given) as string);
  const own = orgOf(principal);
  if (own !== null && wanted !== null && wanted !== own) {
    throw new PosthornError("PH_NOT_FOUND", { thing: "org", id: wanted });
  }
  return own ?? wanted;
}

function orgOf(principal: Principal): string | null {
  return principal.kind === "admin" ? null : principal.orgId;
}

/** Keys are deleted and sessions end, and a stream must not outlive them by half an hour. */
async function isStillLetIn(
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: StreamDependencies,
): Promise<boolean> {
  try {
    await dependencies.authenticate(request, reply);
    return true;
  } catch (error) {
    // Other errors, e.g. of an unavailable database, do not mean that the key is invalid.
    return !(error instanceof PosthornError && error.status === 401);
  }
}

/**
 * Sends a comment and rechecks the key regularly.
 * @returns a function that stops it.
 */
function beat(stream: Stream, clock: Clock, isAllowed: () => Promise<boolean>): () => void {
  let cancel = (): void => {};
  const schedule = (): void => {
    cancel = clock.after(limits.streamBeatMs, () => {
      stream.write(": beat\n\n");
      schedule();
      void isAllowed().then((isStill) => {
        if (!isStill) stream.end();
      });
    });
  };
  schedule();
  return () => cancel();
}

type Raw = FastifyReply["raw"];

/** One stream, from the first byte to its end. */
class Stream {
  readonly orgId: string | null;
  readonly #raw: Raw;
  readonly #onEnd: (() => void)[] = [];
  #isOver = false;

  constructor(raw: Raw, principal: Principal) {
    this.#raw = raw;
    this.orgId = orgOf(principal);
  }

  /** `callback` is called once: when the stream ends, or immediately if it has already ended. */
  onEnd(callback: () => void): void {
    if (this.#isOver) callback();
    else this.#onEnd.push(callback);
  }

  begin(headers: ReturnType<FastifyReply["getHeaders"]>, at: string): void {
    if (this.#isOver) return;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#raw.setHeader(name, value);
    }
    this.#raw.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      connection: "close",
      // Otherwise nginx would buffer the events.
      "x-accel-buffering": "no",
    });
    // Otherwise Node would notice only at the next write that the client has disconnected.
    this.#raw.socket?.once("end", () => this.end());
    this.send("hello", JSON.stringify({ at }));
  }

  send(event: "hello" | "deliveries", data: string): void {
    this.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  write(text: string): void {
    // Drop events before `begin`: clients read the tables after `hello`, which comes first.
    if (this.#isOver || !this.#raw.headersSent) return;
    // A client that does not read would fill the memory.
    if (this.#raw.writableLength > limits.streamBufferBytesMax) this.end();
    else this.#raw.write(text);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const callback of this.#onEnd.splice(0)) callback();
    this.#raw.end();
    // Otherwise a slow or lost client would keep the connection open.
    if (this.#raw.writableLength > 0 || this.#raw.socket?.readableEnded !== false) {
      this.#raw.destroy();
    }
  }
}

const example =
  'event: hello\ndata: {"at":"2026-11-23T03:36:47.645000+00:00"}\n\n' +
  'event: deliveries\ndata: {"deliveries":[],"more":false}\n\n';

const schema = {
  tags: [groups.monitoring.name],
  operationId: "read_stream",
  summary: "Watch deliveries live",
  description:
    "Server-sent events. The first is `hello`; from then on, no update is lost silently. Each " +
    "`deliveries` event lists deliveries that a node has just attempted. If its `more` is true, " +
    "the list was truncated; read the table. The connection ends after 30 minutes, or when the " +
    "key expires. Then reconnect.",
  querystring: {
    type: "object",
    properties: {
      org_id: {
        type: "string",
        format: "uuid",
        description: "Only this org. An org's key always sees only its own org.",
      },
    },
  },
  response: {
    200: {
      description: "The stream.",
      content: { "text/event-stream": { schema: { type: "string" }, example } },
    },
    "4xx": errorBody,
  },
};
