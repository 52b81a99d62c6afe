/**
 * What holds for every answer, also for those that no route gives: it says its type and is not to
 * be taken for another, and it shows nothing of a URL or header that was not understood.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import { PosthornError } from "../../errors.ts";
import { renderError } from "../rest/errors.ts";
import { jsonType } from "../rest/read.ts";

const typeOptions = ["x-content-type-options", "nosniff"] as const;

/** To be registered before everything that answers. */
export function answerPlainly(app: FastifyInstance): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header(...typeOptions);
  });
  app.setNotFoundHandler(async (_request, reply) => refuse(reply, 404));
}

function refuse(reply: FastifyReply, status: number): FastifyReply {
  const rendered = renderError(new PosthornError("PGRST125"));
  return reply.code(status).type(jsonType).send(rendered?.body);
}

type RefusalOptions = Pick<FastifyServerOptions, "frameworkErrors" | "clientErrorHandler">;

/** For what fails before there is a route: a URL that cannot be decoded, bytes that are no HTTP. */
export const plainRefusals: RefusalOptions = {
  frameworkErrors(error, _request: FastifyRequest, reply: FastifyReply) {
    reply.header(...typeOptions);
    refuse(reply, error.statusCode ?? 400);
  },
  clientErrorHandler(error, socket) {
    if (error.code === "ECONNRESET" || socket.destroyed) return;
    if (socket.writable) socket.write(refusals[error.code] ?? refusals["other"] ?? "");
    socket.destroy(error);
  },
};

function rawRefusal(status: string, message: string): string {
  const body = JSON.stringify({ code: "PGRST102", details: null, hint: null, message });
  return [
    `HTTP/1.1 ${status}`,
    `content-length: ${body.length}`,
    `content-type: ${jsonType}`,
    typeOptions.join(": "),
    "connection: close",
    "",
    body,
  ].join("\r\n");
}

/** By Node's code. */
const refusals: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: rawRefusal("408 Request Timeout", "The request took too long"),
  HPE_HEADER_OVERFLOW: rawRefusal(
    "431 Request Header Fields Too Large",
    "The request's headers are too large",
  ),
  other: rawRefusal("400 Bad Request", "This is no HTTP request"),
};
