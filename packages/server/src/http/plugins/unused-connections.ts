/**
 * Closes connections on which no request was ever sent. Browsers and HTTP clients open some in
 * advance. When Node's server closes, it closes idle connections, but it treats these as busy and
 * would wait a minute for them.
 */
import type { FastifyInstance } from "fastify";

/** Closes unused connections when the app closes. */
export function closeUnusedConnections(app: FastifyInstance): void {
  const unused = new Set<{ destroy(): unknown }>();
  app.server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  app.server.on("request", ({ socket }) => {
    unused.delete(socket);
  });
  app.addHook("preClose", async () => {
    for (const socket of unused) socket.destroy();
  });
}
