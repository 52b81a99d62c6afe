/**
 * Bounds on how long a client may hold a connection, or an answer: one that drips its request,
 * opens connections and says nothing, or does not read what it asked for.
 *
 * Node's own server knows the first two; `serverBounds` sets them. By default it would look only
 * each 30 s, wait 60 s for headers, and let a reader that takes a byte a minute go on for ever.
 */
import type { FastifyHttpOptions, FastifyInstance } from "fastify";
import { limits } from "../../limits.ts";
import { LinkedList } from "../../model/linked-list.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** A route whose answer goes on: it sees to its own end. */
    isEndless?: boolean;
  }
}

export const serverBounds = {
  bodyLimit: limits.bodyBytesMax,
  requestTimeout: limits.requestMs,
  connectionTimeout: limits.connectionSilentMs,
  keepAliveTimeout: limits.connectionIdleMs,
  http: {
    // Long in.(…) lists are part of the dialect, and Node's own bound is 16 KiB for all headers.
    maxHeaderSize: limits.requestHeadersBytesMax,
    headersTimeout: limits.requestHeadersMs,
    connectionsCheckingInterval: limits.slowClientsCheckMs,
  },
} satisfies FastifyHttpOptions<FastifyInstance["server"]>;

/** Ends answers that take longer than `limits.answerMs`; refuses connections beyond the most. */
export function boundAnswers(app: FastifyInstance, connectionsMax: number): void {
  app.server.maxConnections = connectionsMax;
  /** The oldest first. */
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
