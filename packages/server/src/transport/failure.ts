/** Explains to the endpoint's owner what went wrong in an exchange, without internal details. */
import { errors } from "undici";
import type { Exchange, ExchangeErrorClass } from "../pipeline/ports.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { ownLimitFailure, shortOfFilesFailure } from "./own-limits.ts";
import { NameError, type NameErrorReason } from "./resolver.ts";
import type { ConnectionPhase } from "./socket.ts";

export type Failure = NonNullable<Exchange["error"]>;

/** The phase of an exchange. In the phase `queue`, it waits for a socket to its origin. */
export type ExchangeStage = "lookup" | ConnectionPhase | "body";

const nameMessages: Readonly<Record<NameErrorReason, string>> = {
  unknown: "The host name does not exist or has no address.",
  timeout: "The DNS servers for the host name did not respond in time.",
  failed: "The host name could not be resolved.",
  own: shortOfFilesFailure.message,
};

const connectMessages: Readonly<Record<string, string>> = {
  ECONNREFUSED: "The server refused the connection.",
  ECONNRESET: "The server reset the connection while it was being opened.",
  EHOSTUNREACH: "The server cannot be reached because there is no route to it.",
  ENETUNREACH: "The server cannot be reached because there is no route to its network.",
};

const unknownIssuer =
  "The certificate's issuer is not trusted, or the server does not send the intermediate " +
  "certificates.";
const noCommonVersion = "The server does not support TLS 1.2 or later.";
const notTls = "The server does not use TLS on this port.";

const tlsMessages: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "The server's certificate has expired.",
  CERT_NOT_YET_VALID: "The server's certificate is not valid yet.",
  CERT_REVOKED: "The server's certificate has been revoked.",
  CERT_SIGNATURE_FAILURE: "The signature on the server's certificate is wrong.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The server's certificate is for another name.",
  HOSTNAME_MISMATCH: "The server's certificate is for another name.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The server's certificate is self-signed.",
  SELF_SIGNED_CERT_IN_CHAIN:
    "The certificate chain contains a self-signed certificate that is not trusted.",
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: noCommonVersion,
  ERR_SSL_UNSUPPORTED_PROTOCOL: noCommonVersion,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "The server requires a client certificate.",
};

const closedMessage = "The server closed the connection before it responded.";
const badHttpMessage = "The server's response is not valid HTTP/1.1.";

const protocolMessages: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_OVERFLOW: `The answer's headers are larger than ${
    limits.responseHeadersBytesMax / 1024
  } KiB.`,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH:
    "The length of the response differs from its Content-Length.",
  UND_ERR_INVALID_ARG: "The request cannot be sent: one of its headers is not allowed.",
  UND_ERR_NOT_SUPPORTED: "The request cannot be sent: one of its headers is not allowed.",
};

/** Explains why the address guard or DNS rejected a URL. */
export function routeFailure(error: unknown): Failure {
  if (error instanceof PosthornError) return { class: "address", message: error.message };
  if (error instanceof NameError && error.reason === "own") return shortOfFilesFailure;
  const reason = error instanceof NameError ? error.reason : "failed";
  return { class: "dns", message: nameMessages[reason] };
}

/** Explains a connection error. undici's codes are ambiguous without the phase. */
export function connectionFailure(error: Error, phase: ConnectionPhase): Failure {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") {
    return protocolFailure(code);
  }
  // This error can happen in any phase, because undici opens the file of its parser after its first
  // connection.
  const ownFailure = ownLimitFailure(error);
  if (ownFailure !== null) return ownFailure;
  if (phase === "connecting") return connectFailure(code);
  if (phase === "securing" || code.startsWith("ERR_SSL_")) {
    return { class: "tls", message: tlsMessages[code] ?? handshakeMessage(code) };
  }
  if (code in protocolMessages || error instanceof errors.HTTPParserError) {
    return protocolFailure(code);
  }
  // undici reports unsolicited 1xx responses with the code of a broken socket.
  if (error.message === "bad upgrade" || error.message === "bad response") {
    return {
      class: "protocol",
      message: "The server sent a 1xx response that Posthorn did not ask for.",
    };
  }
  return { class: "closed", message: closedMessage };
}

/** Explains that the attempt timed out in this phase. */
export function timeoutFailure(stage: ExchangeStage, timeoutMs: number): Failure {
  const within = `within ${timeoutMs / 1_000} s`;
  const messages: Readonly<Record<ExchangeStage, string>> = {
    lookup: `The host name was not resolved ${within}.`,
    connecting: `The connection was not established ${within}.`,
    securing: `The TLS handshake did not finish ${within}.`,
    open: `The server did not respond ${within}.`,
    body: `The server did not finish its response ${within}.`,
  };
  return { class: "timeout", message: messages[stage] };
}

/**
 * Explains why a body is missing or incomplete although a status arrived. The status still decides
 * the outcome.
 */
export function bodyFailure(failure: Failure): Failure {
  const messages: Partial<Record<ExchangeErrorClass, string>> = {
    closed: "The server closed the connection before its response was complete.",
    protocol: "The body of the server's response is not valid HTTP/1.1.",
    shutdown: "Posthorn was stopped before the server's response was complete.",
  };
  return { class: failure.class, message: messages[failure.class] ?? failure.message };
}

/** All sockets to the origin were in use, so nothing was sent. */
export const unsentFailure: Failure = {
  class: "unsent",
  message: "All connections to the server were busy, and none became free in time.",
};

/** Posthorn's event loop was blocked for most of the attempt. */
export const stalledFailure: Failure = {
  class: "stalled",
  message: "Posthorn's event loop was blocked for most of the attempt.",
};

export const shutdownFailure: Failure = {
  class: "shutdown",
  message: "Posthorn was stopped before the server responded.",
};

function connectFailure(code: string): Failure {
  if (code === "ETIMEDOUT") {
    return { class: "timeout", message: "The connection was not established in time." };
  }
  const message = connectMessages[code] ?? "The connection could not be opened.";
  return { class: "connect", message };
}

function handshakeMessage(code: string): string {
  return code === "ECONNRESET" || code === "EPIPE"
    ? "The server closed the connection during the TLS handshake."
    : "The TLS handshake failed.";
}

function protocolFailure(code: string): Failure {
  return { class: "protocol", message: protocolMessages[code] ?? badHttpMessage };
}

/** HTTP defines no status above 599 (RFC 9110, section 15). */
export function invalidStatusFailure(status: number): Failure {
  return { class: "protocol", message: `The server responded with the invalid status ${status}.` };
}
