/**
 * `GET /rest/v1/stream`: live updates as server-sent events (HTML Standard, 9.2).
 *
 * Beside the dialect and not in it: PostgREST has nothing of the kind.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { isUuid } from "../model/id.ts";
import type { Principal } from "../model/principal.ts";
import type { LiveFeed } from "../observe/live-feed.ts";
import type { Clock } from "../pipeline/ports.ts";

export interface StreamParts {
  readonly live: LiveFeed;
  readonly clock: Clock;
  principalOf(request: FastifyRequest): Principal;
}

const schema = {
  tags: ["stream"],
  operationId: "read_stream",
  description:
    "Server-sent events: `deliveries`, with the deliveries that were attempted just now, from any " +
    "node. `more` says that there were others, to be looked up. The connection ends after half an " +
    "hour; connect again then.",
  querystring: {
    type: "object",
    properties: {
      org_id: {
        type: "string",
        format: "uuid",
        description: "Only this org's. A key of an org sees that org's in any case.",
      },
    },
  },
  response: {
    200: {
      description: "The stream.",
      content: { "text/event-stream": { schema: { type: "string" } } },
    },
    "4xx": {
      description: "A refusal; docs/reference/errors.md has every code.",
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: {
              code: { type: "string" },
              message: { type: "string" },
              hint: { type: ["string", "null"] },
              details: { type: ["string", "null"] },
            },
          },
        },
      },
    },
  },
};

/** Streams under way are ended at once when the app closes. */
export function registerStream(app: FastifyInstance, url: string, parts: StreamParts): void {
  const ends = new Set<() => void>();
  app.addHook("preClose", async () => {
    for (const end of ends) end();
  });
  app.get(url, { schema }, async (request, reply) => {
    const orgId = scopeOf(request, parts.principalOf(request));
    if (ends.size >= limits.streamsMax) {
      throw new PosthornError("PH_TOO_MANY_STREAMS", {}, { retryAfterSeconds: 10 });
    }
    reply.hijack();
    stream(reply, orgId, parts, ends);
    return reply;
  });
}

/** @throws PosthornError `42501`, `22P02` */
function scopeOf(request: FastifyRequest, principal: Principal): string | null {
  const { org_id: given } = request.query as { org_id?: unknown };
  if (principal.kind === "key" && principal.role === "publish") {
    throw new PosthornError("42501", { problem: "permission denied for the stream" });
  }
  if (given !== undefined && (typeof given !== "string" || !isUuid(given.toLowerCase()))) {
    const problem = "invalid input syntax for type uuid";
    throw new PosthornError("22P02", { problem, value: JSON.stringify(given) });
  }
  const wanted = given?.toLowerCase() ?? null;
  if (principal.kind === "admin") return wanted;
  // As the tables do with a filter on another org: there is nothing to see.
  return wanted === null || wanted === principal.orgId ? principal.orgId : nobody;
}

/** An org that cannot be: version 0 does not exist. */
const nobody = "00000000-0000-0000-0000-000000000000";

function stream(
  reply: FastifyReply,
  orgId: string | null,
  { live, clock }: StreamParts,
  ends: Set<() => void>,
): void {
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    connection: "close",
    // nginx would hold the events back until its buffer is full.
    "x-accel-buffering": "no",
  });
  const send = (text: string): void => {
    // Whoever does not read what he is sent would fill the memory.
    if (raw.writableLength > limits.streamBufferBytesMax) end();
    else raw.write(text);
  };
  const unwatch = live.watch(orgId, (batch) =>
    send(`event: deliveries\ndata: ${JSON.stringify(batch)}\n\n`),
  );
  const beat = setInterval(() => send(": beat\n\n"), limits.streamBeatMs);
  const cancelEnd = clock.after(limits.streamMs, () => end());
  const end = (): void => {
    if (!ends.delete(end)) return;
    clearInterval(beat);
    cancelEnd();
    unwatch();
    raw.end();
    // A reader that is slow, or gone, would keep the connection until the next beat at best.
    if (raw.writableLength > 0 || raw.socket?.readableEnded !== false) raw.destroy();
  };
  ends.add(end);
  raw.on("close", end);
  // The reader has left; Node itself would notice at the next write.
  raw.socket?.once("end", end);
  send(`event: hello\ndata: ${JSON.stringify({ at: new Date(clock.now()).toISOString() })}\n\n`);
}
