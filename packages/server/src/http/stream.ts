/**
 * `GET /rest/v1/stream`: live updates as server-sent events (HTML Standard, 9.2).
 *
 * PostgREST has no equivalent.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { parseOrgId } from "../model/org-id.ts";
import type { Principal } from "../model/principal.ts";
import { apiTimestamp } from "../postgres/timestamp.ts";
import type { LiveFeed } from "../observe/live-feed.ts";
import type { Tenants } from "../postgres/tenants.ts";
import { boundStream, EventStream, type StreamAccess } from "./event-stream.ts";
import { groups } from "./reference/groups.ts";
import { errorBody } from "./rest/schema.ts";
import { checkValue } from "./rest/values.ts";

export interface StreamDependencies extends StreamAccess {
  readonly live: LiveFeed;
  readonly tenants: Pick<Tenants, "inTurn">;
}

/** Open streams end when the application closes. */
export function registerStream(
  app: FastifyInstance,
  url: string,
  dependencies: StreamDependencies,
): void {
  /** The open streams, each with its org, or null for the operator's. */
  const streams = new Map<EventStream, string | null>();
  app.addHook("preClose", async () => {
    for (const stream of streams.keys()) stream.end();
  });
  const options = { schema, exposeHeadRoute: false, config: { isEndless: true } };
  app.get(url, options, async (request, reply) => {
    const principal = dependencies.principalOf(request);
    const orgId = scopeOf(request, principal);
    checkRoom(streams, principal);
    // Adds the stream before anything is awaited. Otherwise parallel requests would all get the
    // last free place.
    const stream = new EventStream(reply.raw);
    streams.set(stream, orgOf(principal));
    stream.onEnd(() => streams.delete(stream));
    try {
      // The first stream of an org sends a notification, and PostgreSQL runs commits with
      // notifications one at a time. So streams are started in turn.
      const stopWatching = await dependencies.tenants.inTurn(orgOf(principal), () =>
        dependencies.live.watch(orgId, (batch) => stream.send("deliveries", batch)),
      );
      stream.onEnd(stopWatching);
    } catch (error) {
      streams.delete(stream);
      throw error;
    }
    reply.hijack();
    stream.begin(reply.getHeaders(), { at: apiTimestamp(dependencies.clock.now()) });
    boundStream(stream, request, reply, dependencies);
    return reply;
  });
}

/** @throws PosthornError `PH_TOO_MANY_STREAMS` */
function checkRoom(streams: ReadonlyMap<EventStream, string | null>, principal: Principal): void {
  const ofOrg = [...streams.values()].filter((orgId) => orgId === orgOf(principal)).length;
  const isFull =
    streams.size >= limits.streamsMax ||
    (principal.kind === "key" && ofOrg >= limits.streamsPerOrgMax);
  if (isFull) throw new PosthornError("PH_TOO_MANY_STREAMS", {}, { retryAfterSeconds: 10 });
}

/** @throws PosthornError `42501`, `PH_ID_INVALID`, `PH_NOT_FOUND` */
function scopeOf(request: FastifyRequest, principal: Principal): string | null {
  const { org_id: given } = request.query as { org_id?: unknown };
  if (principal.kind === "key" && principal.role === "publish") {
    throw new PosthornError("42501", { problem: "permission denied for the stream" });
  }
  const text =
    given === undefined ? null : (checkValue({ name: "org_id", type: "org" }, given) as string);
  const wanted = text === null ? null : parseOrgId(text).id;
  const own = orgOf(principal);
  if (own !== null && wanted !== null && wanted !== own) {
    throw new PosthornError("PH_NOT_FOUND", { thing: "org", id: text });
  }
  return own ?? wanted;
}

function orgOf(principal: Principal): string | null {
  return principal.kind === "admin" ? null : principal.orgId;
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
