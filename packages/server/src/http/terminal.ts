/**
 * `GET /rest/v1/terminal`: deliveries for a developer's terminal, as server-sent events. `posthorn
 * listen` forwards each delivery and answers it with `rpc/answer_terminal`.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { PosthornError } from "../errors/catalogue.ts";
import type { Principal } from "../model/principal.ts";
import { apiTimestamp } from "../postgres/timestamp.ts";
import type { Tenants } from "../postgres/tenants.ts";
import type { Terminals } from "../terminals/terminals.ts";
import { boundStream, EventStream, type StreamAccess } from "./event-stream.ts";
import { groups } from "./reference/groups.ts";
import { endpointId, now } from "./reference/values.ts";
import { errorBody } from "./rest/schema.ts";
import { checkValue } from "./rest/values.ts";

export interface TerminalDependencies extends StreamAccess {
  readonly terminals: Terminals;
  readonly tenants: Pick<Tenants, "read" | "inTurn">;
}

/** Terminals are disconnected when the app closes. */
export function registerTerminal(
  app: FastifyInstance,
  url: string,
  dependencies: TerminalDependencies,
): void {
  const { terminals, tenants, clock } = dependencies;
  app.addHook("preClose", () => terminals.close());
  const options = { schema, exposeHeadRoute: false, config: { isEndless: true } };
  app.get(url, options, async (request, reply) => {
    const principal = dependencies.principalOf(request);
    const stream = new EventStream(reply.raw);
    const endpoint = await endpointOf(request, principal, tenants);
    const { remoteAddress = null } = request.raw.socket;
    const send = (data: string): boolean => stream.send("delivery", data);
    const onDrain = (callback: () => void): void => stream.onDrain(callback);
    const end = (): void => stream.end();
    // Connecting sends a notification, like the first stream of an org, so terminals connect in
    // turn.
    const terminal = await tenants.inTurn(endpoint.orgId, () =>
      terminals.connect({ ...endpoint, remoteAddress, stream: { send, onDrain, end } }),
    );
    stream.onEnd(() => terminal.leave());
    reply.hijack();
    if (stream.isOver) return reply;
    const at = apiTimestamp(clock.now());
    stream.begin(reply.getHeaders(), {
      at,
      endpoint_id: endpoint.endpointId,
      token: terminal.token,
    });
    terminal.start();
    boundStream(stream, request, reply, dependencies);
    return reply;
  });
}

/** @throws PosthornError `42501`, `22P02`, `23502`, `PH_NOT_FOUND`, `PH_ENDPOINT_NOT_TERMINAL` */
async function endpointOf(
  request: FastifyRequest,
  principal: Principal,
  tenants: Pick<Tenants, "read">,
): Promise<{ readonly endpointId: string; readonly orgId: string }> {
  if (principal.kind === "key" && principal.role !== "manage") {
    throw new PosthornError("42501", { problem: "permission denied for the terminal" });
  }
  const { endpoint_id: given } = request.query as { endpoint_id?: unknown };
  if (given === undefined) {
    throw new PosthornError("23502", { table: "terminal", column: "endpoint_id" });
  }
  const id = checkValue({ name: "endpoint_id", type: "uuid" }, given) as string;
  const scope = principal.kind === "admin" ? null : principal.orgId;
  const { rows } = await tenants.read(scope, (database) =>
    database.query<{ org_id: string; destination: string }>(
      `select org_id, destination from posthorn.endpoints
       where id = $1 and ($2::uuid is null or org_id = $2) and deleted_at is null`,
      [id, scope],
    ),
  );
  const row = rows[0];
  if (row === undefined) throw new PosthornError("PH_NOT_FOUND", { thing: "endpoint", id });
  if (row.destination !== "cli") {
    throw new PosthornError("PH_ENDPOINT_NOT_TERMINAL", { endpoint: id });
  }
  return { endpointId: id, orgId: row.org_id };
}

const example = `event: hello\ndata: ${JSON.stringify({
  at: now,
  endpoint_id: endpointId,
  token: "Zm9yIHRoaXMgc2Vzc2lvbiBvZiB0aGUgdGVybWluYWw",
})}\n\n`;

const schema = {
  tags: [groups.endpoints.name],
  operationId: "read_terminal",
  summary: "Connect a terminal",
  description:
    "Connects a terminal to an endpoint whose destination is cli, in place of an earlier one. " +
    "The response consists of server-sent events. The first is `hello`; its `token` must be part " +
    "of each answer. Each `delivery` event contains the `headers` (pairs of name and value) and " +
    "the `body` of a POST request, and an `attempt_token`. Answer it with rpc/answer_terminal " +
    "within `timeout_ms`. The connection ends after 30 minutes, or when the key expires. Then " +
    "reconnect: deliveries wait, but Posthorn deletes the endpoint after 2 minutes without a " +
    "terminal.",
  querystring: {
    type: "object",
    required: ["endpoint_id"],
    properties: {
      endpoint_id: {
        type: "string",
        format: "uuid",
        description: "The endpoint.",
        examples: [endpointId],
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
