/**
 * Host names that an attacker controls, with a real DNS server and real sockets. The tests check
 * which loopback address receives a connection.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Exchange } from "../pipeline/ports.ts";
import { createNameServersResolve, type NameRecords, type ResolveName } from "./resolver.ts";
import { startNameServer, type NameServer } from "./testing/name-server.ts";
import { manualClock } from "./testing/names.ts";
import { okAnswer, receiveAndAnswer, receiveAt, type Receiver } from "./testing/receivers.ts";
import { createTransport, type ObservableTransport } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

const host = "hooks.example.com";
/** Two addresses of this machine. In most tests the second must not be reached. */
const first = "127.0.0.1";
const second = "127.0.0.2";
const publicAddress = "93.184.216.34";

let receiver: Receiver;
let trap: Receiver;
let clock: ReturnType<typeof manualClock>;
const transports: ObservableTransport[] = [];

beforeEach(async () => {
  receiver = await receiveAndAnswer(okAnswer);
  trap = await receiveAt(second, receiver.port);
  clock = manualClock();
});

afterEach(async () => {
  for (const transport of transports.splice(0)) await transport.close();
  await receiver.close();
  await trap.close();
});

function transportWith(resolve: ResolveName, ...allowCidrs: string[]): ObservableTransport {
  const transport = createTransport({ allowCidrs, resolve, nowMs: clock.nowMs });
  transports.push(transport);
  return transport;
}

function post(transport: ObservableTransport, name = host, timeoutMs = 5_000): Promise<Exchange> {
  const url = `http://${name}:${receiver.port}/hooks`;
  return transport.send(readyRequest({ url, headers: [], body: "{}", timeoutMs }));
}

/**
 * Returns the first answer to the first query, and so on. Later queries all get the last answer.
 */
function inTurn(...answers: readonly NameRecords["addresses"][]): ResolveName & { asked: number } {
  const resolve = async (): Promise<NameRecords> => {
    const addresses = answers[Math.min(resolve.asked, answers.length - 1)] ?? [];
    resolve.asked += 1;
    return { addresses, ttlMs: 0 };
  };
  resolve.asked = 0;
  return resolve;
}

describe("a name whose every answer is different", () => {
  test("is reached at the checked address, with one query", async () => {
    const resolve = inTurn([first], [second]);
    const transport = transportWith(resolve, first);
    expect(await post(transport)).toMatchObject({ responseStatus: 200, remoteAddress: first });
    expect(resolve.asked).toBe(1);
    expect([receiver.accepted, trap.accepted]).toEqual([1, 0]);
  });

  test("is rejected from the first internal answer on, and accepted again afterwards", async () => {
    const transport = transportWith(inTurn([first], [second], [first], [second]), first);
    const outcomes: (string | null)[] = [];
    for (let n = 0; n < 4; n += 1) {
      outcomes.push((await post(transport)).error?.class ?? null);
      clock.advance(limits.dnsCacheLeastMs);
    }
    expect(outcomes).toEqual([null, "address", null, "address"]);
    expect([receiver.requests.length, trap.accepted]).toEqual([2, 0]);
  });

  test("that is allowed is followed: each request uses its own answer", async () => {
    const transport = transportWith(inTurn([first], [second], [first], [second]), "127.0.0.0/8");
    const seen: (string | null)[] = [];
    for (let n = 0; n < 4; n += 1) {
      seen.push((await post(transport)).remoteAddress);
      clock.advance(limits.dnsCacheLeastMs);
    }
    expect(seen).toEqual([first, second, first, second]);
    expect([receiver.requests.length, trap.requests.length]).toEqual([2, 2]);
  });

  test("and has a TTL of 0 s, is queried once a second and no more", async () => {
    const resolve = inTurn([first]);
    const transport = transportWith(resolve, first);
    for (let n = 0; n < 10; n += 1) await post(transport);
    clock.advance(limits.dnsCacheLeastMs - 1);
    await post(transport);
    expect(resolve.asked).toBe(1);
    clock.advance(1);
    await post(transport);
    expect(resolve.asked).toBe(2);
  });

  test("that was registered with a public address gets no request at an internal one", async () => {
    const transport = transportWith(inTurn([publicAddress], [first]));
    const url = `https://${host}:${receiver.port}/`;
    expect(await transport.checkUrl(url)).toBe(url);
    clock.advance(limits.dnsCacheLeastMs);
    const exchange = await transport.send(
      readyRequest({ url, headers: [], body: "{}", timeoutMs: 5_000 }),
    );
    expect(exchange).toMatchObject({ error: { class: "address" }, remoteAddress: null });
    expect(receiver.accepted).toBe(0);
  });

  test("with 10,000 addresses is rejected because of the last one", async () => {
    const many = Array.from({ length: 10_000 }, () => first);
    const open = transportWith(inTurn(many), first);
    expect(await post(open)).toMatchObject({ responseStatus: 200, remoteAddress: first });
    const mixed = transportWith(inTurn([...many, second]), first);
    expect((await post(mixed)).error?.class).toBe("address");
    expect([receiver.accepted, trap.accepted]).toEqual([1, 0]);
  });
});

describe("the answers of a name server", () => {
  const longChain = Array.from({ length: 30 }, (_, n) => `${n}.chain.example`);
  const many = Array.from({ length: 100 }, () => first);
  let server: NameServer;
  let resolve: ResolveName;

  beforeAll(async () => {
    server = await startNameServer({
      "open.example": { a: [first] },
      "inside.example": { a: [second] },
      "mixed.example": { a: [first, second] },
      "mixed-families.example": { a: [first], aaaa: ["0:0:0:0:0:0:0:1"] },
      "mixed-mapped.example": { a: [first], aaaa: ["0:0:0:0:0:ffff:7f00:2"] },
      "mapped.example": { aaaa: ["0:0:0:0:0:ffff:7f00:1"] },
      "compatible.example": { aaaa: ["0:0:0:0:0:0:7f00:1"] },
      "many.example": { a: many },
      "alias-open.example": { aliases: ["open.example"], a: [first] },
      "alias-inside.example": { aliases: ["www.example.com", "db.internal"], a: [second] },
      "alias-mixed.example": { aliases: ["www.example.com"], a: [first, second] },
      "alias-long.example": { aliases: longChain, a: [first] },
      "alias-long-inside.example": { aliases: longChain, a: [second] },
      "alias-loop.example": { aliases: ["b.example", "alias-loop.example", "b.example"] },
      "alias-nowhere.example": { aliases: ["nowhere.example"] },
      "empty.example": {},
      "servfail.example": { code: 2 },
      "refused.example": { code: 5 },
      "not-implemented.example": { code: 4 },
      "silent.example": { silent: ["a", "aaaa"] },
    });
    resolve = createNameServersResolve({ servers: [server.address] });
  });

  afterAll(() => server.close());

  test.each(["open", "mapped", "many", "alias-open", "alias-long"])(
    "leads %s.example to the allowed address",
    async (name) => {
      const exchange = await post(transportWith(resolve, first), `${name}.example`);
      expect(exchange).toMatchObject({ responseStatus: 200, remoteAddress: first });
      expect(receiver.requests[0]?.head).toContain(`host: ${name}.example:`);
      expect(trap.accepted).toBe(0);
    },
  );

  const names = "inside mixed mixed-families mixed-mapped compatible";
  const aliases = "alias-inside alias-mixed alias-long-inside";

  test.each(`${names} ${aliases}`.split(" "))(
    "leads %s.example to nothing: no socket is opened",
    async (name) => {
      const transport = transportWith(resolve, first);
      const url = `https://${name}.example:${receiver.port}/`;
      const exchange = await transport.send(
        readyRequest({ url, headers: [], body: "{}", timeoutMs: 5_000 }),
      );
      expect(exchange.error).toEqual({
        class: "address",
        message: "The URL's address is not allowed.",
      });
      await expect(transport.checkUrl(url)).rejects.toMatchObject({ code: "PH_URL_ADDRESS" });
      expect(transport.counts.sockets).toBe(0);
      expect([receiver.accepted, trap.accepted]).toEqual([0, 0]);
    },
  );

  // Proves that the second address can be reached. Otherwise the tests above could pass for the
  // wrong reason.
  test.each(["inside", "alias-inside", "alias-long-inside"])(
    "leads %s.example into the trap if the guard allows everything",
    async (name) => {
      const exchange = await post(transportWith(resolve, "0.0.0.0/0", "::/0"), `${name}.example`);
      expect(exchange).toMatchObject({ responseStatus: 200, remoteAddress: second });
      expect(trap.requests).toHaveLength(1);
    },
  );

  test.each([
    ["nobody", "dns", /does not exist or has no address/],
    ["empty", "dns", /does not exist or has no address/],
    ["alias-loop", "dns", /does not exist or has no address/],
    ["alias-nowhere", "dns", /does not exist or has no address/],
    ["servfail", "dns", /could not be resolved/],
    ["refused", "dns", /could not be resolved/],
    ["not-implemented", "dns", /could not be resolved/],
    ["silent", "timeout", /not resolved within 0.3 s/],
  ])(
    "for %s.example ends in an error: there is no further query",
    async (name, errorClass, message) => {
      const timeoutMs = errorClass === "timeout" ? 300 : 5_000;
      const exchange = await post(transportWith(resolve, first), `${name}.example`, timeoutMs);
      expect(exchange).toMatchObject({ responseStatus: null, remoteAddress: null });
      expect(exchange.error?.class).toBe(errorClass);
      expect(exchange.error?.message).toMatch(message);
      expect([receiver.accepted, trap.accepted]).toEqual([0, 0]);
    },
  );
});
