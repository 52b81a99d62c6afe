/**
 * Responds to errors that occur before the router has found a route, with the catalogue's messages.
 * Also sets a header on every response, so that no browser guesses its type.
 */
import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { answerErrors, answering, renderError } from "../rest/errors.ts";
import { jsonType } from "../rest/accept.ts";

const typeOptions = ["x-content-type-options", "nosniff"] as const;

/** Handles all requests and errors that no route handles. Must be registered before the routes. */
export function answerRefusals(app: FastifyInstance, onFault: (error: unknown) => void): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header(...typeOptions);
  });
  answerErrors(app, onFault);
  // Ignores unknown values of `Expect`, as RFC 9110, 10.1.1 allows, because Node's 417 response has
  // no body.
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

/** Options for errors that occur before there is a route. */
export function plainRefusals(
  onFault: (error: unknown) => void,
): Pick<FastifyServerOptions, "frameworkErrors" | "clientErrorHandler"> {
  const answer = answering(onFault);
  return {
    clientErrorHandler: refuseMalformed,
    // Called if the router cannot parse the path.
    frameworkErrors(error, request: FastifyRequest, reply: FastifyReply) {
      reply.header(...typeOptions);
      answer(error, request, reply);
    },
  };
}

/** Called if Node's parser cannot read the input, so there is a socket but no request. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  // Closes the connection, because the rest of the input cannot be separated from the next request.
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
