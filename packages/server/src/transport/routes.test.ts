/**
 * Which addresses requests use: names that change, answers with several addresses, failed queries.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Exchange } from "../pipeline/ports.ts";
import { Routes } from "./routes.ts";
import { fakeNames, manualClock, type FakeNames } from "./testing/names.ts";
import {
  freePort,
  okAnswer,
  receive,
  receiveAndAnswer,
  type Receiver,
} from "./testing/receivers.ts";
import { createTransport, type ObservableTransport } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

const host = "hooks.example.com";
const publicAddress = "93.184.216.34";

let receiver: Receiver;
let names: FakeNames;
let clock: ReturnType<typeof manualClock>;
const transports: ObservableTransport[] = [];

beforeEach(async () => {
  receiver = await receiveAndAnswer(okAnswer);
  names = fakeNames();
  clock = manualClock();
});

afterEach(async () => {
  for (const transport of transports.splice(0)) await transport.close();
  await receiver.close();
});

function transportWith(...allowCidrs: string[]): ObservableTransport {
  const { resolve } = names;
  const transport = createTransport({ allowCidrs, resolve, nowMs: clock.nowMs });
  transports.push(transport);
  return transport;
}

function urlOf(name: string, scheme = "http"): string {
  return `${scheme}://${name}:${receiver.port}/hooks`;
}

function post(transport: ObservableTransport, url: string, timeoutMs = 5_000): Promise<Exchange> {
  return transport.send(readyRequest({ url, headers: [], body: "{}", timeoutMs }));
}

const addressRefused = {
  responseStatus: null,
  responseBody: "",
  error: { class: "address", message: "The URL's address is not allowed." },
  remoteAddress: null,
};

describe("a request to a name", () => {
  test("goes to the checked address, and carries the name", async () => {
    names.set(host, ["127.0.0.1"]);
    const exchange = await post(transportWith("127.0.0.1"), urlOf(host));
    expect(exchange).toMatchObject({ responseStatus: 200, remoteAddress: "127.0.0.1" });
    expect(receiver.requests[0]?.head).toContain(`host: ${host}:${receiver.port}`);
    expect(names.asked).toEqual([host]);
  });

  test("tries the name's other addresses when one does not answer", async () => {
    names.set(host, ["::1", "127.0.0.1"]);
    const exchange = await post(transportWith("127.0.0.0/8", "::1"), urlOf(host));
    expect(exchange).toMatchObject({ responseStatus: 200, remoteAddress: "127.0.0.1" });
  });

  test("sends one query for many concurrent requests, and another when the answer is old", async () => {
    names.set(host, ["127.0.0.1"]);
    const transport = transportWith("127.0.0.1");
    await Promise.all([1, 2, 3].map((n) => post(transport, `${urlOf(host)}/${n}`)));
    clock.advance(limits.dnsCacheMs - 1);
    await post(transport, urlOf(host));
    expect(names.asked).toHaveLength(1);
    clock.advance(1);
    await post(transport, urlOf(host));
    expect(names.asked).toHaveLength(2);
  });

  test("is rejected if the name has an internal address when it is sent", async () => {
    names.set(host, [publicAddress]);
    const transport = transportWith();
    await expect(transport.checkUrl(urlOf(host, "https"))).resolves.toBe(urlOf(host, "https"));
    names.set(host, ["127.0.0.1"]);
    clock.advance(limits.dnsCacheMs);
    expect(await post(transport, urlOf(host, "https"))).toMatchObject(addressRefused);
    expect(receiver.accepted).toBe(0);
  });

  test("is rejected if one of several addresses is internal, in any order", async () => {
    const transport = transportWith("127.0.0.1");
    const beyondTheKept = Array.from({ length: limits.dnsAddressesTriedMax }, () => "127.0.0.1");
    const answers = [
      ["127.0.0.1", "10.0.0.1"],
      ["10.0.0.1", "127.0.0.1"],
      ["127.0.0.1", "::7f00:1"],
      ["127.0.0.1", "::ffff:10.0.0.1"],
      [...beyondTheKept, "10.0.0.1"],
    ];
    for (const [index, answer] of answers.entries()) {
      names.set(`${index}.${host}`, answer);
      const exchange = await post(transport, urlOf(`${index}.${host}`, "https"));
      expect(exchange).toMatchObject(addressRefused);
    }
    expect(receiver.accepted).toBe(0);
  });

  test("to the neighbour address of an allowed one is rejected", async () => {
    names.set(host, ["127.0.0.1"]);
    const exchange = await post(transportWith("127.0.0.2"), urlOf(host, "https"));
    expect(exchange).toMatchObject(addressRefused);
    expect(receiver.accepted).toBe(0);
  });

  test("over http needs every address to be in an allowed range", async () => {
    names.set(host, ["127.0.0.1", publicAddress]);
    const exchange = await post(transportWith("127.0.0.1"), urlOf(host));
    expect(exchange.error).toMatchObject({ class: "address" });
    expect(exchange.error?.message).toMatch(/scheme http is not allowed/);
    expect(receiver.accepted).toBe(0);
  });

  test("of an internal network is sent if its range is allowed", async () => {
    names.set("receiver.default.svc", ["127.0.0.1"]);
    names.set("elsewhere.default.svc", [publicAddress]);
    const transport = transportWith("127.0.0.1");
    const exchange = await post(transport, urlOf("receiver.default.svc"));
    expect(exchange).toMatchObject({ responseStatus: 200 });
    const elsewhere = await post(transport, "https://elsewhere.default.svc/");
    expect(elsewhere.error?.message).toMatch(/reserved for internal networks/);
  });

  test("to localhost goes to the allowed loopback addresses, without a query", async () => {
    expect(await post(transportWith("127.0.0.1"), urlOf("localhost"))).toMatchObject({
      responseStatus: 200,
    });
    expect(await post(transportWith("127.0.0.1"), urlOf("a.localhost"))).toMatchObject({
      responseStatus: 200,
    });
    const refused = await post(transportWith("10.0.0.0/8"), urlOf("localhost", "https"));
    expect(refused.error?.class).toBe("address");
    expect(names.asked).toEqual([]);
    expect(receiver.requests).toHaveLength(2);
  });
});

describe("the information in an error", () => {
  test("is the same for every denied address, listening or not", async () => {
    const transport = transportWith();
    names.set(host, ["127.0.0.1"]);
    names.set(`b.${host}`, ["10.0.0.1"]);
    names.set(`c.${host}`, ["169.254.169.254"]);
    const urls = [
      urlOf(host, "https"),
      `https://b.${host}/`,
      `https://c.${host}/latest/meta-data`,
      urlOf("127.0.0.1", "https"),
      "https://[::1]:8443/",
      "https://168.63.129.16/",
    ];
    for (const url of urls) expect(await post(transport, url)).toMatchObject(addressRefused);
    expect(receiver.accepted).toBe(0);
  });

  test("is the same for a port that is open, closed, silent or filtered: none is tried", async () => {
    const silent = await receive(() => {});
    try {
      const places = [
        `127.0.0.1:${receiver.port}`,
        `127.0.0.1:${await freePort()}`,
        `127.0.0.1:${silent.port}`,
        // No host exists at this address, so a connection would hang.
        "10.255.255.1:8443",
      ];
      const transport = transportWith();
      const answers = new Set<string>();
      for (const [index, place] of places.entries()) {
        const name = `${index}.${host}`;
        const [address = "", port = ""] = place.split(":");
        names.set(name, [address]);
        for (const url of [`https://${place}/`, `https://${name}:${port}/`]) {
          const { timings, ...learned } = await post(transport, url);
          expect(timings).toMatchObject({ connectMs: null, tlsMs: null, firstByteMs: null });
          answers.add(JSON.stringify({ ...learned, durationMs: 0 }));
          expect(transport.counts).toMatchObject({ pools: 0, sockets: 0 });
        }
      }
      expect(answers.size).toBe(1);
      expect([receiver.accepted, silent.accepted]).toEqual([0, 0]);
    } finally {
      await silent.close();
    }
  });

  test("over http is the same for denied and public addresses", async () => {
    names.set(host, ["10.0.0.1"]);
    names.set(`b.${host}`, [publicAddress]);
    const transport = transportWith("127.0.0.1");
    const errors = [
      (await post(transport, urlOf(host))).error,
      (await post(transport, urlOf(`b.${host}`))).error,
      (await post(transport, "http://10.0.0.1/")).error,
    ];
    expect(new Set(errors.map((error) => error?.message)).size).toBe(1);
  });
});

describe("a kept connection", () => {
  test("is used as long as its address is in the name's answer", async () => {
    names.set(host, ["127.0.0.1"]);
    const transport = transportWith("127.0.0.0/8");
    await post(transport, urlOf(host));
    names.set(host, ["127.0.0.9", "127.0.0.1"]);
    clock.advance(limits.dnsCacheMs);
    expect(await post(transport, urlOf(host))).toMatchObject({ responseStatus: 200 });
    expect(receiver.accepted).toBe(1);
  });

  test("is closed when the name has another address", async () => {
    names.set(host, ["127.0.0.1"]);
    const transport = transportWith("127.0.0.0/8");
    await post(transport, urlOf(host));
    names.set(host, ["127.0.0.9"]);
    clock.advance(limits.dnsCacheMs);
    // Nobody listens at the new address. On some systems the address does not even exist.
    expect(await post(transport, urlOf(host), 500)).toMatchObject({ responseStatus: null });
    expect(receiver.requests).toHaveLength(1);
  });

  test("does not bypass the guard when the name has an internal address", async () => {
    names.set(host, ["127.0.0.1"]);
    const transport = transportWith("127.0.0.1");
    await post(transport, urlOf(host));
    names.set(host, ["10.0.0.1"]);
    clock.advance(limits.dnsCacheMs);
    expect((await post(transport, urlOf(host))).error?.class).toBe("address");
    expect(receiver.requests).toHaveLength(1);
  });
});

describe("a DNS query", () => {
  test("that fails once has no fallback: nothing is sent", async () => {
    names.set(host, new Error("the resolver broke"));
    const transport = transportWith("127.0.0.1");
    const failed = await post(transport, urlOf(host));
    expect(failed).toMatchObject({ responseStatus: null, remoteAddress: null });
    expect(failed.error).toEqual({
      class: "dns",
      message: "The host name could not be resolved.",
    });
    names.set(host, ["127.0.0.1"]);
    await post(transport, urlOf(host));
    expect(names.asked).toHaveLength(1);
    clock.advance(limits.dnsFailureCacheMs);
    expect(await post(transport, urlOf(host))).toMatchObject({ responseStatus: 200 });
    expect(receiver.requests).toHaveLength(1);
  });

  test("of a name that does not exist says so", async () => {
    const exchange = await post(transportWith("127.0.0.1"), urlOf(host));
    expect(exchange.error?.class).toBe("dns");
    expect(exchange.error?.message).toMatch(/does not exist/);
  });

  test("that returns anything but addresses is rejected", async () => {
    for (const answer of ["localhost", "127.1", "", "fe80::1%lo"]) {
      names.set(host, ["127.0.0.1", answer]);
      const exchange = await post(transportWith("127.0.0.1"), urlOf(host, "https"));
      expect(exchange.error?.class).toBe("address");
    }
    expect(receiver.accepted).toBe(0);
  });

  test("that hangs ends at the request's deadline, and delays no other name", async () => {
    names.set(host, "hang");
    names.set(`b.${host}`, ["127.0.0.1"]);
    const transport = transportWith("127.0.0.1");
    const hanging = Array.from({ length: 50 }, () => post(transport, urlOf(host), 300));
    expect(await post(transport, urlOf(`b.${host}`))).toMatchObject({ responseStatus: 200 });
    for (const exchange of await Promise.all(hanging)) {
      expect(exchange.error?.class).toBe("timeout");
      expect(exchange.error?.message).toMatch(/not resolved within 0.3 s/);
    }
    expect(names.asked.filter((name) => name === host)).toHaveLength(1);
  });
});

describe("routes", () => {
  test("are kept until the answer expires, and no more of them than the limit", async () => {
    names.set(host, [publicAddress]);
    const policy = { exceptions: [] };
    const routes = new Routes({ policy, resolve: names.resolve, nowMs: clock.nowMs });
    const url = (n: number): string => `https://${host}/${n}`;
    for (let n = 0; n < limits.routesMax; n += 1) await routes.find(url(n));
    expect(routes.cached(url(0))?.path).toBe("/0");
    await routes.find(url(limits.routesMax));
    expect(routes.cached(url(0))).toBeUndefined();
    expect(routes.cached(url(1))).toBeDefined();
    clock.advance(limits.dnsCacheMs);
    expect(routes.cached(url(1))).toBeUndefined();
  });
});

describe("checking a URL for registration", () => {
  test("gives the normalised URL", async () => {
    names.set(host, [publicAddress]);
    const checked = await transportWith().checkUrl("https://HOOKS.example.com.:443/a b#c");
    expect(checked).toBe("https://hooks.example.com/a%20b");
  });

  test.each([
    ["https://inside.example.com/", "PH_URL_ADDRESS"],
    ["https://mixed.example.com/", "PH_URL_ADDRESS"],
    ["http://inside.example.com/", "PH_URL_SCHEME"],
    ["http://unknown.example.com/", "PH_URL_SCHEME"],
    ["https://unknown.example.com:6379/", "PH_URL_PORT"],
    ["https://unknown.svc/", "PH_URL_HOST"],
    ["https://10.0.0.1/", "PH_URL_ADDRESS"],
    ["https://user@hooks.example.com/", "PH_URL_USERINFO"],
    ["hooks.example.com", "PH_URL_INVALID"],
  ])("rejects %s with %s", async (url, code) => {
    names.set("inside.example.com", ["10.0.0.1"]);
    names.set("mixed.example.com", [publicAddress, "10.0.0.1"]);
    await expect(transportWith("127.0.0.1").checkUrl(url)).rejects.toMatchObject({ code });
  });

  test.each(["unknown.example.com", "broken.example.com"])(
    "accepts a name that does not resolve yet (%s): nothing is sent until it does",
    async (name) => {
      names.set("broken.example.com", new Error("the resolver broke"));
      const transport = transportWith("127.0.0.1");
      await expect(transport.checkUrl(`https://${name}/`)).resolves.toBe(`https://${name}/`);
      expect((await post(transport, `https://${name}/`)).error?.class).toBe("dns");
    },
  );

  test("rejects an invalid list of ranges", () => {
    expect(() => transportWith("10.0.0.0/8", "10.1/16")).toThrow(/10\.1\/16/);
  });
});
