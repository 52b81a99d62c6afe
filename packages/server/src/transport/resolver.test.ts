import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { startNameServer, type NameServer } from "./testing/name-server.ts";
import { fakeNames, manualClock } from "./testing/names.ts";
import { parseCidrs } from "./address-guard.ts";
import { createNameServersResolve, NameCache, type ResolveName } from "./resolver.ts";

describe("asking name servers", () => {
  let server: NameServer;
  let resolve: ResolveName;

  beforeAll(async () => {
    server = await startNameServer({
      "both.example": { a: ["192.0.2.1", "192.0.2.2"], aaaa: ["2001:db8:0:0:0:0:0:1"] },
      "a-only.example": { a: ["192.0.2.1"], ttlSeconds: 7 },
      "aaaa-only.example": { aaaa: ["0:0:0:0:0:0:7f00:1"] },
      "empty.example": {},
      "no-aaaa-answer.example": { a: ["192.0.2.3"], silent: ["aaaa"] },
      "silent.example": { silent: ["a", "aaaa"] },
      "failing.example": { code: 2 },
    });
    resolve = createNameServersResolve({ servers: [server.address] });
  });

  afterAll(() => server.close());

  test("returns all addresses of both families, and their TTL", async () => {
    const { addresses, ttlMs } = await resolve("both.example");
    expect([...addresses].toSorted()).toEqual(["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    expect(ttlMs).toBe(60_000);
    expect(await resolve("a-only.example")).toEqual({ addresses: ["192.0.2.1"], ttlMs: 7_000 });
  });

  test("does not hide the kind of an answer's addresses", async () => {
    const { addresses } = await resolve("aaaa-only.example");
    expect(["::7f00:1", "::127.0.0.1"]).toContain(addresses[0]);
  });

  test("says that a name is unknown, or has no addresses", async () => {
    await expect(resolve("unknown.example")).rejects.toMatchObject({ reason: "unknown" });
    await expect(resolve("empty.example")).rejects.toMatchObject({ reason: "unknown" });
  });

  test("fails if the servers fail", async () => {
    await expect(resolve("failing.example")).rejects.toMatchObject({ reason: "failed" });
  });

  test("does not wait long for the second family", async () => {
    let hasTimedOut = false;
    const silent = resolve("silent.example").catch(() => (hasTimedOut = true));
    const { addresses } = await resolve("no-aaaa-answer.example");
    expect(addresses).toEqual(["192.0.2.3"]);
    expect(hasTimedOut).toBe(false);
    await silent;
  });

  test("delays no other query while one hangs", async () => {
    const hanging = resolve("silent.example").catch((error: unknown) => error);
    await expect(resolve("a-only.example")).resolves.toMatchObject({ addresses: ["192.0.2.1"] });
    expect(await hanging).toMatchObject({ reason: "timeout" });
  });
});

describe("the cache of names", () => {
  const policy = { exceptions: parseCidrs("10.0.0.0/8") };

  test("keeps an answer for its TTL, between two limits", async () => {
    const clock = manualClock();
    let asked = 0;
    let ttlMs = 0;
    const resolve: ResolveName = async () => {
      asked += 1;
      return { addresses: ["10.0.0.1"], ttlMs };
    };
    const cache = new NameCache({ policy, resolve, nowMs: clock.nowMs });
    const keptFor = async (answerTtlMs: number, keptMs: number): Promise<void> => {
      ttlMs = answerTtlMs;
      clock.advance(limits.dnsCacheMs);
      const before = asked;
      await cache.lookup("a.example");
      clock.advance(keptMs - 1);
      await cache.lookup("a.example");
      expect(asked).toBe(before + 1);
      clock.advance(1);
      await cache.lookup("a.example");
      expect(asked).toBe(before + 2);
    };
    await keptFor(0, limits.dnsCacheLeastMs);
    await keptFor(5_000, 5_000);
    await keptFor(86_400_000, limits.dnsCacheMs);
  });

  test("keeps no more names than the limit", async () => {
    const names = fakeNames();
    const resolve: ResolveName = async (hostname) => {
      await names.resolve(hostname);
      return { addresses: ["10.0.0.1"], ttlMs: Infinity };
    };
    const cache = new NameCache({ policy, resolve, nowMs: manualClock().nowMs });
    for (let n = 0; n <= limits.dnsCacheNamesMax; n += 1) await cache.lookup(`${n}.example`);
    await cache.lookup(`${limits.dnsCacheNamesMax}.example`);
    await cache.lookup("1.example");
    expect(names.asked).toHaveLength(limits.dnsCacheNamesMax + 1);
    await cache.lookup("0.example");
    expect(names.asked).toHaveLength(limits.dnsCacheNamesMax + 2);
  });

  test("judges all addresses, and keeps no more of them than are tried", async () => {
    const many = Array.from({ length: 200 }, (_, n) => `10.0.0.${n}`);
    const names = fakeNames({
      "open.example": many,
      "denied.example": [...many, "127.0.0.1"],
      "mapped.example": ["::ffff:10.0.0.1"],
    });
    const { nowMs } = manualClock();
    const cache = new NameCache({ policy, resolve: names.resolve, nowMs });
    const open = await cache.lookup("open.example");
    expect(open.verdict).toBe("exception");
    expect(open.addresses).toEqual(many.slice(0, limits.dnsAddressesTriedMax));
    expect((await cache.lookup("denied.example")).verdict).toBe("denied");
    expect((await cache.lookup("mapped.example")).addresses).toEqual(["10.0.0.1"]);
  });
});
