import { createSecureContext, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Exchange } from "../pipeline/ports.ts";
import { createAuthority, type Certificate } from "./testing/certificates.ts";
import { fakeNames } from "./testing/names.ts";
import {
  eventually,
  okAnswer,
  receive,
  receiveAndAnswer,
  receiveRequests,
  type Receiver,
} from "./testing/receivers.ts";
import { createTransport, type ObservableTransport } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

const host = "hooks.example.com";
const dayMs = 86_400_000;
const authority = createAuthority("Posthorn test root");
const stranger = createAuthority("Unknown root");
const good = authority.issue([host, "*.wild.example.com"]);

const receivers: Receiver[] = [];
let transport: ObservableTransport;

beforeEach(() => {
  const { resolve } = fakeNames({
    [host]: ["127.0.0.1"],
    "a.wild.example.com": ["127.0.0.1"],
    "other.example.com": ["127.0.0.1"],
  });
  transport = createTransport({ allowCidrs: ["127.0.0.1"], resolve, ca: authority.cert });
});

afterEach(async () => {
  await transport.close();
  for (const receiver of receivers.splice(0)) await receiver.close();
});

async function started(receiver: Promise<Receiver>): Promise<Receiver> {
  receivers.push(await receiver);
  return receiver;
}

function post(receiver: Receiver, name = host, timeoutMs = 5_000): Promise<Exchange> {
  const url = `https://${name}:${receiver.port}/hooks`;
  return transport.send(readyRequest({ url, headers: [], body: "{}", timeoutMs }));
}

describe("over TLS", () => {
  test("the name in the URL is sent as SNI and is checked", async () => {
    const serverNames: string[] = [];
    const receiver = await started(
      receiveAndAnswer(okAnswer, {
        SNICallback: (name, callback) => {
          serverNames.push(name);
          callback(null, createSecureContext(good));
        },
      }),
    );
    for (const name of [host, "a.wild.example.com"]) {
      const exchange = await post(receiver, name);
      expect(exchange).toMatchObject({ responseStatus: 200, remoteAddress: "127.0.0.1" });
    }
    expect(serverNames).toEqual([host, "a.wild.example.com"]);
    expect(receiver.requests.map((each) => each.head)).toEqual([
      expect.stringContaining(`host: ${host}:${receiver.port}`),
      expect.stringContaining(`host: a.wild.example.com:${receiver.port}`),
    ]);
  });

  test("a connection is kept, and a new one resumes the old one's session", async () => {
    const reused: boolean[] = [];
    const receiver = await started(
      receiveRequests((socket, number) => {
        reused.push((socket as TLSSocket).isSessionReused());
        socket.write(okAnswer);
        if (number === 2) setTimeout(() => socket.end(), 20);
      }, good),
    );
    const [first, second] = [await post(receiver), await post(receiver)];
    expect([first.responseStatus, second.responseStatus]).toEqual([200, 200]);
    expect(receiver.accepted).toBe(1);
    // A second request keeps the origin's pool and its TLS session while the socket closes.
    const together = [post(receiver), post(receiver)];
    for (const exchange of await Promise.all(together)) expect(exchange.responseStatus).toBe(200);
    expect(reused).toContain(true);
  });

  const certificates: readonly (readonly [what: string, certificate: Certificate, says: RegExp])[] =
    [
      ["for another name", authority.issue(["other.example.com"]), /is for another name/],
      [
        "that has expired",
        authority.issue([host], {
          notBefore: new Date(Date.now() - 10 * dayMs),
          notAfter: new Date(Date.now() - dayMs),
        }),
        /has expired/,
      ],
      [
        "that is not valid yet",
        authority.issue([host], {
          notBefore: new Date(Date.now() + dayMs),
          notAfter: new Date(Date.now() + 10 * dayMs),
        }),
        /not valid yet/,
      ],
      ["that is self-signed", stranger, /self-signed/],
      ["of an unknown issuer", stranger.issue([host]), /issuer is not trusted/],
    ];

  test.each(certificates)("a certificate %s is rejected", async (_what, certificate, says) => {
    const receiver = await started(receiveAndAnswer(okAnswer, certificate));
    const exchange = await post(receiver);
    expect(exchange).toMatchObject({ responseStatus: null, error: { class: "tls" } });
    expect(exchange.error?.message).toMatch(says);
    expect(receiver.requests).toEqual([]);
    await eventually(() => transport.counts.sockets === 0, "no socket is open");
  });

  test("an address in the URL must be in the certificate", async () => {
    const receiver = await started(receiveAndAnswer(okAnswer, good));
    const exchange = await post(receiver, "127.0.0.1");
    expect(exchange.error?.class).toBe("tls");
    expect(exchange.error?.message).toMatch(/is for another name/);
  });

  test("the environment cannot turn off the certificate check", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      const receiver = await started(receiveAndAnswer(okAnswer, stranger.issue([host])));
      expect((await post(receiver)).error?.class).toBe("tls");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("a server that speaks no TLS later than 1.1: tls", async () => {
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
    const options = { ...good, ...old, ciphers: "DEFAULT@SECLEVEL=0" };
    const receiver = await started(receiveAndAnswer(okAnswer, options));
    const exchange = await post(receiver);
    expect(exchange).toMatchObject({ responseStatus: null, error: { class: "tls" } });
    expect(exchange.error?.message).toMatch(/does not support TLS 1\.2/);
  });

  test("a server that speaks plain HTTP: tls", async () => {
    const receiver = await started(
      receive((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const exchange = await post(receiver);
    expect(exchange.error).toEqual({
      class: "tls",
      message: "The server does not use TLS on this port.",
    });
  });

  test("a server that closes during the handshake: tls", async () => {
    const receiver = await started(receive((socket) => socket.once("data", () => socket.end())));
    const exchange = await post(receiver);
    expect(exchange.error?.class).toBe("tls");
    expect(exchange.error?.message).toMatch(/closed the connection during the TLS handshake/);
  });

  test("a handshake that stalls ends at the deadline, and its socket is freed", async () => {
    const receiver = await started(receive((socket) => socket.resume()));
    const exchange = await post(receiver, host, 250);
    expect(exchange).toMatchObject({ error: { class: "timeout" }, remoteAddress: "127.0.0.1" });
    expect(exchange.error?.message).toMatch(/TLS handshake/);
    await eventually(() => receiver.open === 0, "the receiver's socket is closed");
  });
});
