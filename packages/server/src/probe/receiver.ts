/** The node's own receiver of probes. It verifies probes like any receiver. */
import { verifyStandardWebhook } from "@posthorn/consumer";
import Fastify from "fastify";
import { serverBounds } from "../http/plugins/slow-clients.ts";

export interface ProbeReceiver {
  readonly port: number;
  close(): Promise<void>;
}

/** The loopback address, which only this machine can reach. */
export const probeReceiverHost = "127.0.0.1";

/** @param secrets called for each probe. Returns the secrets that may have signed it. */
export async function startProbeReceiver(
  secrets: () => Promise<readonly string[]>,
): Promise<ProbeReceiver> {
  const app = Fastify({ ...serverBounds, logger: false, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.post("/", async (request, reply) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const body = typeof request.body === "string" ? request.body : "";
    try {
      verifyStandardWebhook({ secrets: await secrets(), headers, body });
    } catch {
      return reply.code(401).send();
    }
    return reply.code(204).send();
  });
  const url = await app.listen({ host: probeReceiverHost, port: 0 });
  return { port: Number(new URL(url).port), close: () => app.close() };
}
