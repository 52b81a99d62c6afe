/**
 * What HTTP itself refuses, before there is a route: in the catalogue's words like all else. And
 * what holds for every answer: it says its type, and is not to be taken for another.
 */
import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { answerErrors, answering, renderError } from "../rest/errors.ts";
import { jsonType } from "../rest/accept.ts";

const typeOptions = ["x-content-type-options", "nosniff"] as const;

/** Answers, on everything that no dialect answers for, as the dialect would. Goes first. */
export function answerRefusals(app: FastifyInstance, onFault: (error: unknown) => void): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header(...typeOptions);
  });
  answerErrors(app, onFault);
  // What else a client may expect is passed over (RFC 9110, 10.1.1): Node's 417 has no body.
  app.server.on("checkExpectation", (request, response) => {
    app.server.emit("request", request, response);
  });
  app.setNotFoundHandler(() => {
    throw new PosthornError("PGRST125");
  });
}

const phrases: ReadonlyMap<number, string> = new Map([
  [408, "Request Timeout"],
  [431, "Request Header Fields Too Large"],
]);

/** For what fails before there is a route. */
export function plainRefusals(
  onFault: (error: unknown) => void,
): Pick<FastifyServerOptions, "frameworkErrors" | "clientErrorHandler"> {
  const answer = answering(onFault);
  return {
    clientErrorHandler: refuseMalformed,
    // A path that no router can read.
    frameworkErrors(error, request: FastifyRequest, reply: FastifyReply) {
      reply.header(...typeOptions);
      answer(error, request, reply);
    },
  };
}

/** For what Node's parser could not read; there is no request then, only the socket. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  // What is left of the connection cannot be told apart from the next request.
  if (socket.writable) {
    const { status, body } = renderError(refusalOf(error));
    const head = [
      `HTTP/1.1 ${status} ${phrases.get(status) ?? "Bad Request"}`,
      "connection: close",
      `content-type: ${jsonType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      typeOptions.join(": "),
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  }
  socket.destroy(error);
}

function refusalOf({ code = "unknown" }: NodeJS.ErrnoException): PosthornError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new PosthornError("PH_REQUEST_TOO_SLOW");
  if (code === "HPE_HEADER_OVERFLOW") return new PosthornError("PH_HEADERS_TOO_LARGE");
  return new PosthornError("PH_REQUEST_MALFORMED", { reason: code });
}
