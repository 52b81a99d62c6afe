/**
 * Limits how long a client may occupy a connection or a response by sending slowly, by opening
 * connections without a request, or by not reading.
 *
 * Node's server handles the first two, configured by `serverBounds`. By default it checks only
 * every 30 s, waits 60 s for headers, and never disconnects a client that reads one byte per
 * minute.
 */
import type { FastifyHttpOptions, FastifyInstance } from "fastify";
import { limits } from "../../limits.ts";
import { LinkedList } from "../../model/linked-list.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** True for a route with a streaming response. The route ends the stream itself. */
    isEndless?: boolean;
  }
}

export const serverBounds = {
  bodyLimit: limits.bodyBytesMax,
  requestTimeout: limits.requestMs,
  connectionTimeout: limits.connectionSilentMs,
  keepAliveTimeout: limits.connectionIdleMs,
  http: {
    // Higher than Node's default of 16 KiB for all headers, because the API allows long in.(…)
    // lists.
    maxHeaderSize: limits.requestHeadersBytesMax,
    headersTimeout: limits.requestHeadersMs,
    connectionsCheckingInterval: limits.slowClientsCheckMs,
  },
} satisfies FastifyHttpOptions<FastifyInstance["server"]>;

/**
 * Ends responses that take longer than `limits.answerMs`, and closes connections beyond the
 * maximum.
 */
export function boundAnswers(app: FastifyInstance, connectionsMax: number): void {
  app.server.maxConnections = connectionsMax;
  /** The responses in progress, oldest first. */
  const open = new LinkedList<{
    readonly answer: { destroy(): unknown };
    readonly sinceMs: number;
  }>();
  app.addHook("onRequest", (request, reply, done) => {
    if (request.routeOptions.config.isEndless !== true) {
      const place = open.append({ answer: reply.raw, sinceMs: performance.now() });
      reply.raw.once("close", () => open.remove(place));
    }
    done();
  });
  const checking = setInterval(() => {
    const before = performance.now() - limits.answerMs;
    for (let first = open.first; first !== null; first = open.first) {
      const { answer, sinceMs } = first.item;
      if (sinceMs > before) break;
      open.remove(first);
      answer.destroy();
    }
  }, limits.slowClientsCheckMs);
  checking.unref();
  app.addHook("onClose", async () => clearInterval(checking));
}
