/** The verdict on an address depends only on its bytes, however it is written. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { addressVerdict, canonicalAddress, parseCidrs } from "./address-guard.ts";
import { parseEndpointUrl } from "./endpoint-url.ts";
import { fakeNames } from "./testing/names.ts";
import { okAnswer, receiveAndAnswer, type Receiver } from "./testing/receivers.ts";
import {
  bytesFrom,
  dotted,
  groupsOf,
  ipv4Spelling,
  ipv6Spelling,
  type Bytes,
} from "./testing/spellings.ts";
import { createTransport, type ObservableTransport } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

const closed = { exceptions: [] };

const deniedIpv4 = fc.oneof(
  bytesFrom([0], 4),
  bytesFrom([10], 4),
  bytesFrom([127], 4),
  bytesFrom([169, 254], 4),
  bytesFrom([192, 168], 4),
  bytesFrom([198, 18], 4),
  fc.integer({ min: 64, max: 127 }).chain((second) => bytesFrom([100, second], 4)),
  fc.integer({ min: 16, max: 31 }).chain((second) => bytesFrom([172, second], 4)),
  fc.integer({ min: 224, max: 255 }).chain((first) => bytesFrom([first], 4)),
  fc.constant([168, 63, 129, 16]),
);

/** First bytes of IPv4 addresses that belong to no special range. */
const publicIpv4 = fc
  .constantFrom(1, 8, 9, 11, 12, 44, 93, 99, 101, 126, 128, 160, 185, 199, 204, 223)
  .chain((first) => bytesFrom([first], 4));

const anyIpv4 = fc.oneof(deniedIpv4, publicIpv4);

const zeroes = (count: number): number[] => Array.from({ length: count }, () => 0);

const mapped = (ipv4: Bytes): Bytes => [...zeroes(10), 255, 255, ...ipv4];

/**
 * IPv6 addresses that contain this IPv4 address for a transition mechanism, e.g. NAT64 or 6to4.
 * Posthorn denies all of them.
 */
function carriersOf(ipv4: Bytes): fc.Arbitrary<Bytes> {
  const flipped = ipv4.map((byte) => 255 - byte);
  const isatap = fc
    .tuple(bytesFrom([0x26, 0x06], 8), fc.constantFrom(0, 2))
    .map(([prefix, universal]) => prefix.concat(universal, 0, 0x5e, 0xfe, ipv4));
  return fc.oneof(
    fc.constantFrom<Bytes[]>(
      [...zeroes(12), ...ipv4],
      [...zeroes(8), 255, 255, 0, 0, ...ipv4],
      [0, 0x64, 0xff, 0x9b, ...zeroes(8), ...ipv4],
      [0, 0x64, 0xff, 0x9b, 0, 1, ...zeroes(6), ...ipv4],
      [0x20, 0x01, ...zeroes(2), 8, 8, 8, 8, ...zeroes(4), ...flipped],
    ),
    bytesFrom([0x20, 0x02, ...ipv4], 16),
    isatap,
  );
}

const deniedIpv6 = fc.oneof(
  deniedIpv4.map(mapped),
  anyIpv4.chain(carriersOf),
  fc.constantFrom([...zeroes(16)], [...zeroes(15), 1]),
  fc.integer({ min: 0xfc, max: 0xff }).chain((first) => bytesFrom([first], 16)),
  bytesFrom([0xfe, 0x80], 16),
  bytesFrom([0x20, 0x01, 0x0d, 0xb8], 16),
  fc.integer({ min: 0x40, max: 0xfb }).chain((first) => bytesFrom([first], 16)),
);

const publicIpv6 = bytesFrom([0x26, 0x06, 0x47, 0], 16).filter((bytes) => bytes[10] !== 0x5e);

function codeOf(url: string): string | null {
  try {
    parseEndpointUrl(url, closed);
    return null;
  } catch (error) {
    if (error instanceof PosthornError) return error.code;
    throw error;
  }
}

/** URLs with additional parts around the host that do not change where the URL leads. */
function urlsOf(host: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const starts = fc.constantFrom("https://", "HTTPS:", "https:\\\\", " https:///", "ht\ntps:/");
  const ends = fc.constantFrom("", "/", ":443/", ":8443", "?@example.com", "#@example.com", "\\a");
  return fc.tuple(starts, host, ends).map((parts) => parts.join(""));
}

describe("a URL with an address", () => {
  test("is rejected if the IPv4 address is denied, in every spelling", () => {
    const urls = urlsOf(deniedIpv4.chain(ipv4Spelling));
    fc.assert(fc.property(urls, (url) => codeOf(url) === "PH_URL_ADDRESS"));
  });

  test("is rejected if the IPv6 address is denied, in every spelling", () => {
    const urls = urlsOf(deniedIpv6.chain(ipv6Spelling).map((host) => `[${host}]`));
    fc.assert(fc.property(urls, (url) => codeOf(url) === "PH_URL_ADDRESS"));
  });

  test("is never accepted with a zone, or with misplaced brackets", () => {
    const anyIp = fc.oneof(anyIpv4.chain(ipv4Spelling), deniedIpv6.chain(ipv6Spelling));
    const around = fc.constantFrom(
      ["[", "%eth0]"],
      ["[", "%251]"],
      ["%5B", "%5D"],
      ["[[", "]]"],
      ["[", ""],
      ["", "]"],
      ["[::", "]%"],
    );
    fc.assert(
      fc.property(anyIp, around, (host, [before, after]) => {
        expect(codeOf(`https://${before}${host}${after}/`)).toMatch(/^PH_URL_(INVALID|ADDRESS)$/);
      }),
    );
  });

  test("leads to exactly that address if it is public", () => {
    const ipv4 = publicIpv4.chain((bytes) => fc.tuple(fc.constant(bytes), ipv4Spelling(bytes)));
    fc.assert(
      fc.property(ipv4, ([bytes, host]) => {
        const parsed = parseEndpointUrl(`https://${host}/`, closed);
        expect(parsed).toMatchObject({ literal: dotted(bytes), hostname: dotted(bytes) });
      }),
    );
    const ipv6 = publicIpv6.chain((bytes) => fc.tuple(fc.constant(bytes), ipv6Spelling(bytes)));
    fc.assert(
      fc.property(ipv6, ([bytes, host]) => {
        const { literal } = parseEndpointUrl(`https://[${host}]/`, closed);
        expect(literal).toBe(canonicalAddress(groupsOf(bytes).join(":")));
      }),
    );
  });
});

describe("an address in an answer", () => {
  test("is denied in every spelling, and never taken for another address", () => {
    const spelled = deniedIpv6.chain((bytes) => fc.tuple(fc.constant(bytes), ipv6Spelling(bytes)));
    fc.assert(
      fc.property(spelled, ([bytes, ip]) => {
        expect(addressVerdict(ip, closed)).toBe("denied");
        expect(canonicalAddress(ip)).toBe(canonicalAddress(groupsOf(bytes).join(":")));
      }),
    );
    fc.assert(
      fc.property(deniedIpv4.chain(ipv4Spelling), (ip) => {
        expect(addressVerdict(ip, closed)).toBe("denied");
      }),
    );
  });

  test("is judged as the IPv4 address if it is that address mapped", () => {
    fc.assert(
      fc.property(anyIpv4, (ipv4) => {
        const groups = groupsOf(mapped(ipv4)).join(":");
        for (const ip of [`::ffff:${dotted(ipv4)}`, groups, groups.toUpperCase()]) {
          expect(canonicalAddress(ip)).toBe(dotted(ipv4));
          expect(addressVerdict(ip, closed)).toBe(addressVerdict(dotted(ipv4), closed));
        }
      }),
    );
  });
});

describe("an exception", () => {
  test("of one address changes no other address, in any spelling", () => {
    fc.assert(
      fc.property(deniedIpv4, deniedIpv4.chain(ipv4Spelling), (opened, host) => {
        const policy = { exceptions: parseCidrs(dotted(opened)) };
        const { hostname } = new URL(`https://${host}/`);
        const expected = hostname === dotted(opened) ? "exception" : "denied";
        expect(addressVerdict(hostname, policy)).toBe(expected);
      }),
    );
  });

  test("of one address includes its mapped form, but no address that contains it", () => {
    const carried = anyIpv4.chain((ipv4) => fc.tuple(fc.constant(ipv4), carriersOf(ipv4)));
    fc.assert(
      fc.property(carried, ([ipv4, carrier]) => {
        const policy = { exceptions: parseCidrs(dotted(ipv4)) };
        expect(addressVerdict(groupsOf(mapped(ipv4)).join(":"), policy)).toBe("exception");
        expect(addressVerdict(groupsOf(carrier).join(":"), policy)).toBe("denied");
      }),
    );
  });
});

describe("a request", () => {
  let receiver: Receiver;
  let transport: ObservableTransport;

  beforeAll(async () => {
    receiver = await receiveAndAnswer(okAnswer);
    const { resolve } = fakeNames();
    transport = createTransport({ allowCidrs: ["127.0.0.1"], resolve });
  });

  afterAll(async () => {
    await transport.close();
    await receiver.close();
  });

  test("goes to the checked address, in every spelling of the URL", async () => {
    const hosts = fc.oneof(
      ipv4Spelling([127, 0, 0, 1]),
      ipv6Spelling(mapped([127, 0, 0, 1])).map((host) => `[${host}]`),
    );
    await fc.assert(
      fc.asyncProperty(hosts, async (host) => {
        const url = `http://${host}:${receiver.port}/`;
        const exchange = await transport.send(
          readyRequest({ url, headers: [], body: "{}", timeoutMs: 5_000 }),
        );
        expect(exchange).toMatchObject({ responseStatus: 200, remoteAddress: "127.0.0.1" });
        expect(receiver.requests.at(-1)?.head).toContain(`host: ${new URL(url).host}\r\n`);
      }),
      { numRuns: 50 },
    );
  });

  test("to another loopback address is not tried, in any spelling of the URL", async () => {
    const { accepted } = receiver;
    const others = bytesFrom([127], 4).filter((bytes) => dotted(bytes) !== "127.0.0.1");
    await fc.assert(
      fc.asyncProperty(others.chain(ipv4Spelling), async (host) => {
        const url = `https://${host}:${receiver.port}/`;
        const exchange = await transport.send(
          readyRequest({ url, headers: [], body: "{}", timeoutMs: 5_000 }),
        );
        expect(exchange).toMatchObject({ error: { class: "address" }, remoteAddress: null });
      }),
      { numRuns: 50 },
    );
    expect(receiver.accepted).toBe(accepted);
  });
});
