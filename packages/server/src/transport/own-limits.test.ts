import { networkInterfaces } from "node:os";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { Exchange } from "../pipeline/ports.ts";
import { connectionFailure, routeFailure } from "./failure.ts";
import { NameError } from "./resolver.ts";
import { createTransport, type ObservableTransport } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function systemError(code: string, address = "192.0.2.1"): Error {
  return Object.assign(new Error(`connect ${code} ${address}:443`), { code, address });
}

describe("an error on a connection, whatever its phase", () => {
  test.each(["connecting", "securing", "open"] as const)("no file is left while %s", (phase) => {
    // When a process opens its first connection, undici reads its HTTP parser from a file.
    for (const code of ["EMFILE", "ENFILE", "ENOENT", "EACCES"]) {
      const error = Object.assign(systemError(code), { syscall: "open", path: "llhttp-wasm.js" });
      const { class: failureClass, message } = connectionFailure(error, phase);
      expect(failureClass).toBe("resources");
      expect(message).not.toMatch(/llhttp/);
    }
  });

  test.each(["ENOBUFS", "ENOMEM"])("%s while a request is written is Posthorn's own", (code) => {
    expect(connectionFailure(systemError(code), "open").class).toBe("resources");
  });
});

describe("an error while a connection is opened", () => {
  test.each(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"])(
    "%s is Posthorn's own limit",
    (code) => {
      const expected = { class: "resources" };
      expect(connectionFailure(systemError(code), "connecting")).toMatchObject(expected);
      // Node reports the errors for several addresses of a name in this form.
      const all = new AggregateError([systemError("ECONNREFUSED"), systemError(code)]);
      expect(connectionFailure(all, "connecting")).toMatchObject(expected);
    },
  );

  test.each(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EACCES"])(
    "%s is the receiver's or the network's",
    (code) => {
      expect(connectionFailure(systemError(code), "connecting").class).toBe("connect");
    },
  );

  test("an IPv6 address on a machine without IPv6 is not a limit: waiting would not help", () => {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const hasIpv6 = addresses.some(
      ({ family, address }) => family === "IPv6" && !address.startsWith("fe80"),
    );
    const failure = connectionFailure(systemError("EADDRNOTAVAIL", "2001:db8::1"), "connecting");
    expect(failure.class).toBe(hasIpv6 ? "resources" : "connect");
  });
});

test("a DNS query without a free file descriptor is Posthorn's own limit", () => {
  expect(routeFailure(new NameError("own")).class).toBe("resources");
  expect(routeFailure(new NameError("failed")).class).toBe("dns");
});

describe("while Posthorn's event loop is blocked", () => {
  /**
   * Starts a receiver in a separate thread. It responds after `delayMs`, or never if that is null.
   */
  async function receiverOnThread(delayMs: number | null): Promise<number> {
    const source = `
      const { createServer } = require("node:http");
      const { parentPort } = require("node:worker_threads");
      const server = createServer((request, response) => {
        const delayMs = ${String(delayMs)};
        if (delayMs !== null) setTimeout(() => response.end("ok"), delayMs);
        request.resume();
      });
      server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;
    const worker = new Worker(source, { eval: true });
    closers.push(() => worker.terminate());
    return new Promise((resolve) => worker.once("message", resolve));
  }

  function post(transport: ObservableTransport, port: number): Promise<Exchange> {
    const url = `http://127.0.0.1:${port}/`;
    return transport.send(readyRequest({ url, headers: [], body: "{}", timeoutMs: 1_000 }));
  }

  async function exchangeDuring(delayMs: number | null, blockedMs: number): Promise<Exchange> {
    const port = await receiverOnThread(delayMs);
    const transport = createTransport({ allowCidrs: ["127.0.0.1"] });
    closers.push(() => transport.close());
    const sent = post(transport, port);
    // The request has been sent after this time.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const untilMs = performance.now() + blockedMs;
    while (performance.now() < untilMs);
    return sent;
  }

  test("a response that arrived meanwhile is read, although the timeout is over", async () => {
    expect(await exchangeDuring(300, 1_500)).toMatchObject({ responseStatus: 200, error: null });
  });

  test("most of the time, a receiver is not blamed for its silence", async () => {
    expect(await exchangeDuring(null, 2_500)).toMatchObject({ error: { class: "stalled" } });
  });

  test("less of the time, silence is a timeout", async () => {
    expect(await exchangeDuring(null, 400)).toMatchObject({ error: { class: "timeout" } });
  });
});
