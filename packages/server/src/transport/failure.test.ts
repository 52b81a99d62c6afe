import { describe, expect, test } from "vitest";
import type { ExchangeErrorClass } from "../pipeline/ports.ts";
import { connectionFailure } from "./failure.ts";
import type { ConnectionPhase } from "./socket.ts";

function withCode(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.1.2.3:8443 at /srv/app`), { code });
}

/** Failures that cannot be provoked on loopback on every system. */
const rows: readonly (readonly [
  code: string,
  phase: ConnectionPhase,
  errorClass: ExchangeErrorClass,
  says: RegExp,
])[] = [
  ["EHOSTUNREACH", "connecting", "connect", /no route to it/],
  ["ENETUNREACH", "connecting", "connect", /no route to its network/],
  ["ECONNRESET", "connecting", "connect", /reset the connection while/],
  ["ETIMEDOUT", "connecting", "timeout", /not established in time/],
  ["EACCES", "connecting", "connect", /could not be opened/],
  ["ECONNRESET", "securing", "tls", /closed the connection during the TLS handshake/],
  ["EPROTO", "securing", "tls", /TLS handshake failed/],
  ["CERT_REVOKED", "securing", "tls", /has been revoked/],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "open", "tls", /client certificate/],
  ["ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "open", "tls", /TLS/],
  ["ECONNRESET", "open", "closed", /before it responded/],
  ["EPIPE", "open", "closed", /before it responded/],
  ["UND_ERR_SOCKET", "open", "closed", /before it responded/],
];

describe("an error on a connection", () => {
  test.each(rows)("%s while %s is a %s error", (code, phase, errorClass, says) => {
    const failure = connectionFailure(withCode(code), phase);
    expect(failure.class).toBe(errorClass);
    expect(failure.message).toMatch(says);
  });

  test.each(rows)("%s while %s reveals nothing internal", (code, phase) => {
    const { message } = connectionFailure(withCode(code), phase);
    expect(message).not.toMatch(/10\.1|8443|srv|UND_ERR|ERR_|E[A-Z]{4}/);
    expect(message).toMatch(/^The .*\.$/);
  });
});
