/**
 * The inbox: a receiver for first experiments. It verifies webhooks with the consumer package, as a
 * customer's receiver would. It keeps the latest webhooks in memory and shows them.
 */
import { verifyStandardWebhook } from "@posthorn/consumer";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";

export interface ReceivedWebhook {
  readonly receivedAt: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** True if one of the signatures was made with a secret of the endpoint. */
  readonly verified: boolean;
  readonly problem: string | null;
}

export interface Inbox {
  /** The base URL. Deliveries to `<url>/inbox` get a 200, and to `<url>/status/500` a 500. */
  readonly url: string;
  /** Resolves with the webhook of this id as soon as it has arrived; null after `withinMs`. */
  waitFor(webhookId: string, withinMs: number): Promise<ReceivedWebhook | null>;
  close(): Promise<void>;
}

const keptMax = 100;

/** @param secrets called for each webhook. Returns the secrets that may have signed it. */
export async function startInbox(options: {
  readonly host: string;
  readonly port: number;
  secrets(): Promise<readonly string[]>;
}): Promise<Inbox> {
  const kept: ReceivedWebhook[] = [];
  const waiting = new Map<string, (webhook: ReceivedWebhook) => void>();
  const app = Fastify({ logger: false });
  takeBodiesAsText(app);
  // The inbox shows data that anybody may have sent, so browsers must treat it only as JSON.
  app.addHook("onSend", async (_request, reply) => {
    reply.header("x-content-type-options", "nosniff");
  });

  const take = async (request: FastifyRequest): Promise<ReceivedWebhook> => {
    const webhook = receive(request, await options.secrets());
    kept.unshift(webhook);
    kept.length = Math.min(kept.length, keptMax);
    waiting.get(webhook.headers["webhook-id"] ?? "")?.(webhook);
    return webhook;
  };
  app.get("/", async () => kept);
  app.post("/inbox", async (request, reply) => {
    const { verified } = await take(request);
    return reply.code(verified ? 200 : 401).send({ verified });
  });
  app.post<{ Params: { status: string } }>("/status/:status", async (request, reply) => {
    await take(request);
    const status = Number(request.params.status);
    return reply.code(status >= 200 && status <= 599 ? status : 400).send({ status });
  });

  const url = await app.listen({ host: options.host, port: options.port });
  return {
    url,
    waitFor(webhookId, withinMs) {
      const present = kept.find((each) => each.headers["webhook-id"] === webhookId);
      if (present !== undefined) return Promise.resolve(present);
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(webhookId);
          resolve(null);
        }, withinMs);
        waiting.set(webhookId, (webhook) => {
          clearTimeout(timer);
          waiting.delete(webhookId);
          resolve(webhook);
        });
      });
    },
    close: () => app.close(),
  };
}

function takeBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
}

function receive(request: FastifyRequest, secrets: readonly string[]): ReceivedWebhook {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const body = typeof request.body === "string" ? request.body : "";
  let problem: string | null = null;
  try {
    verifyStandardWebhook({ secrets, headers, body });
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  return {
    receivedAt: new Date().toISOString(),
    path: request.url,
    headers,
    body,
    verified: problem === null,
    problem,
  };
}
