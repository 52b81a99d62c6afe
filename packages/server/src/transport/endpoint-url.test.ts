import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { parseCidrs, type AddressPolicy } from "./address-guard.ts";
import { parseEndpointUrl } from "./endpoint-url.ts";
import { badUrls, goodUrls } from "./testing/address-corpus.ts";

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
  test.each(goodUrls)("%j is taken as %s", (url, normalised) => {
    expect(parseEndpointUrl(url, closed).href).toBe(normalised);
  });

  test.each(badUrls)("%j is refused with %s", (url, code) => {
    expect(codeOf(url, closed)).toBe(code);
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

  test("may be as long as the limit, and no longer", () => {
    const start = "https://example.com/";
    const longest = start + "a".repeat(limits.urlCharsMax - start.length);
    expect(parseEndpointUrl(longest, closed).href).toBe(longest);
    expect(codeOf(`${longest}a`, closed)).toBe("PH_URL_INVALID");
  });
});

describe("with exceptions in the policy", () => {
  test.each([
    "http://127.0.0.1/",
    "http://127.0.0.1:22/",
    "http://127.0.0.1:6379/",
    "https://127.255.255.255:1/",
    "http://[::1]:5432/",
    "http://[::ffff:127.0.0.1]:3000/",
    "http://2130706433:3000/",
  ])("%s is allowed: scheme and port are open inside a range", (url) => {
    expect(parseEndpointUrl(url, loopback).unlessException).toBeNull();
  });

  test.each([
    ["http://10.0.0.1/", "PH_URL_SCHEME"],
    ["http://8.8.8.8/", "PH_URL_SCHEME"],
    ["https://8.8.8.8:6379/", "PH_URL_PORT"],
    ["https://10.0.0.1/", "PH_URL_ADDRESS"],
    ["https://0.0.0.0/", "PH_URL_ADDRESS"],
    ["https://[::2]/", "PH_URL_ADDRESS"],
    ["https://[::7f00:1]/", "PH_URL_ADDRESS"],
    ["http://user@127.0.0.1/", "PH_URL_USERINFO"],
    ["http://127.0.0.1:0/", "PH_URL_PORT"],
    ["ftp://127.0.0.1/", "PH_URL_SCHEME"],
  ])("%s stays refused with %s", (url, code) => {
    expect(codeOf(url, loopback)).toBe(code);
  });

  test.each([
    ["http://inbox.example.com/", "PH_URL_SCHEME"],
    ["http://localhost:3000/", "PH_URL_SCHEME"],
    ["https://inbox.example.com:6379/", "PH_URL_PORT"],
    ["https://receiver.default.svc/", "PH_URL_HOST"],
    ["https://localhost/", "PH_URL_HOST"],
  ])("%s depends on where its name leads (%s)", (url, code) => {
    expect(parseEndpointUrl(url, loopback).unlessException?.code).toBe(code);
  });
});

describe("whatever the text is", () => {
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
  ])("only catalogue errors are thrown, and the result gives itself (%s)", (_name, policy) => {
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
  });
});
