import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { parseCidrs, type AddressPolicy } from "./address-guard.ts";
import { isOpenPort } from "./endpoint-ports.ts";
import { parseEndpointUrl } from "./endpoint-url.ts";
import { deniedPorts, urlCorpus } from "./testing/url-corpus.ts";

const closed: AddressPolicy = { exceptions: [] };
const loopback: AddressPolicy = { exceptions: parseCidrs("127.0.0.0/8,::1/128") };

function codeOf(url: string, policy: AddressPolicy): string | null {
  try {
    parseEndpointUrl(url, policy);
    return null;
  } catch (error) {
    if (error instanceof PosthornError) return error.code;
    throw error;
  }
}

describe("an endpoint's URL", () => {
  test.each(urlCorpus)("$url gives $code with '$allowCidrs': $reason", (row) => {
    const policy = { exceptions: parseCidrs(row.allowCidrs) };
    expect(codeOf(row.url, policy)).toBe(row.code);
    if (row.code !== null) return;
    const parsed = parseEndpointUrl(row.url, policy);
    expect(parsed.href).toBe(row.href ?? parsed.href);
    expect(parsed.unlessException?.code ?? null).toBe(row.unlessException);
  });

  test("may have port 443, 80, or one from 1024 up that is not in the list, and no other", () => {
    const denied = new Set(deniedPorts.flatMap(([, ports]) => ports.split(" ").map(Number)));
    const isOpen = (port: number): boolean =>
      port === 80 || port === 443 || (port >= 1024 && !denied.has(port));
    const all = Array.from({ length: 65_536 }, (_, port) => port);
    expect(all.filter((port) => isOpenPort(port) !== isOpen(port))).toEqual([]);
    const edges = [...denied].flatMap((port) => [port - 1, port, port + 1]);
    for (const port of [...edges, 1, 79, 81, 442, 444, 1023, 1024, 65_535]) {
      const code = isOpen(port) ? null : "PH_URL_PORT";
      expect([port, codeOf(`https://example.com:${port}/`, closed)]).toEqual([port, code]);
      expect([port, codeOf(`https://8.8.8.8:${port}/`, loopback)]).toEqual([port, code]);
      expect([port, codeOf(`https://127.0.0.1:${port}/`, loopback)]).toEqual([port, null]);
    }
  });

  test("has its parts ready for the request", () => {
    expect(parseEndpointUrl("https://Example.com./a?b=c#d", closed)).toEqual({
      href: "https://example.com/a?b=c",
      scheme: "https:",
      hostname: "example.com",
      port: 443,
      path: "/a?b=c",
      literal: null,
      unlessException: null,
    });
    const ipv6 = parseEndpointUrl("http://[0:0::1]:8080", loopback);
    expect(ipv6).toMatchObject({ hostname: "::1", port: 8080, path: "/", literal: "::1" });
    expect(parseEndpointUrl("https://[::ffff:808:808]/", closed).literal).toBe("8.8.8.8");
  });

  test("with a letter of Latin-1 is the same at the 20,000th time, when the code is optimised", () => {
    for (let n = 0; n < 20_000; n += 1) {
      const code = codeOf("https://bücher.example/", closed);
      if (code !== null) expect.fail(`${code} at parse ${n}`);
    }
  });

  test("may be as long as the limit, and no longer", () => {
    const start = "https://example.com/";
    const longest = start + "a".repeat(limits.urlCharsMax - start.length);
    expect(parseEndpointUrl(longest, closed).href).toBe(longest);
    expect(codeOf(`${longest}a`, closed)).toBe("PH_URL_INVALID");
  });
});

describe("for any text", () => {
  const hosts = ["::1", "127.0.0.1", "0x7f", "2130706433", "example", "com", "localhost", "xn--"];
  const marks = [
    "//",
    "\\",
    "/",
    "@",
    ":",
    "#",
    "?",
    ".",
    "。",
    "%2e",
    "%00",
    "\t",
    "\n",
    " ",
    "[",
    "]",
  ];
  const others = [
    "https://",
    "http://",
    "HTTPS:",
    "ä",
    "①",
    "\u00ad",
    "\ud800",
    "65536",
    "443",
    "",
  ];
  const pieces = fc.constantFrom(...hosts, ...marks, ...others);
  const text = fc.oneof(
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
    fc.array(pieces, { maxLength: 9 }).map((parts) => `https://${parts.join("")}`),
    fc.string({ unit: "binary" }),
  );

  test.each([
    ["none", closed],
    ["loopback", loopback],
  ])(
    "only catalogue errors are thrown, and parsing the result again changes nothing (%s)",
    (_name, policy) => {
      fc.assert(
        fc.property(text, (url) => {
          if (codeOf(url, policy) !== null) return;
          const parsed = parseEndpointUrl(url, policy);
          expect(parseEndpointUrl(parsed.href, policy)).toEqual(parsed);
          expect(parsed.href.length).toBeLessThanOrEqual(limits.urlCharsMax);
          expect(new URL(parsed.href)).toMatchObject({ username: "", password: "", hash: "" });
          expect(parsed.href).toMatch(/^https?:\/\/[\x21-\x7e]+$/u);
          expect(parsed.path).toMatch(/^\/[\x21-\x7e]*$/u);
        }),
        { numRuns: 2_000 },
      );
    },
  );
});
