/**
 * Which URLs an endpoint may have, as far as can be decided without the network. `routes.ts` checks
 * the addresses at every connection.
 */
import { PosthornError, type ErrorCode, type ErrorFacts } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { addressVerdict, canonicalAddress, type AddressPolicy } from "./address-guard.ts";
import { isOpenPort } from "./endpoint-ports.ts";

export interface EndpointUrl {
  /** The normalised URL, without fragment: what to store; parsing it again returns the same. */
  readonly href: string;
  readonly scheme: "http:" | "https:";
  /** Lower case, punycode, no trailing dot; an IPv6 literal without its brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Path and query: the request's target. */
  readonly path: string;
  /** The canonical address if the host is an IP literal. */
  readonly literal: string | null;
  /** A rule that the URL violates, unless all its addresses are exceptions. */
  readonly unlessException: BrokenRule | null;
}

export interface BrokenRule {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
}

const defaultPorts = { "http:": 80, "https:": 443 } as const;

/**
 * Names that exist only inside a network: RFC 6761 (localhost), RFC 6762 (local), RFC 8375
 * (home.arpa), ICANN's private-use `internal`, and Kubernetes' `svc`. They include cloud metadata
 * services (metadata.google.internal). Rejected before any DNS query.
 */
const internalSuffixes = ["localhost", "local", "internal", "svc", "home.arpa"];

const labelPattern = /^[a-z0-9_-]{1,63}$/;
const hostnameCharsMax = 253;
const notAbsolute = "it is not an absolute URL";

/**
 * Parses with the WHATWG parser and judges the result, never the text: `0x7f.1`, `①②⑦.0.0.1`,
 * `127。0。0。1` and embedded tabs all become 127.0.0.1.
 *
 * The order of the rules: absolute and short enough, scheme, userinfo, port, host. http, other
 * ports and internal names are only for addresses in the policy's exceptions; a host that is a name
 * passes here, with the rule in `unlessException`.
 *
 * @throws PosthornError `PH_URL_INVALID`, `_SCHEME`, `_USERINFO`, `_PORT`, `_HOST`, `_ADDRESS`.
 */
export function parseEndpointUrl(text: string, policy: AddressPolicy): EndpointUrl {
  const url = parse(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new PosthornError("PH_URL_SCHEME", { scheme: url.protocol.slice(0, -1) });
  }
  if (url.username !== "" || url.password !== "") throw new PosthornError("PH_URL_USERINFO");
  const port = url.port === "" ? defaultPorts[url.protocol] : Number(url.port);
  // Nothing can listen there, so no range can allow it either.
  if (port === 0) throw new PosthornError("PH_URL_PORT", { port });

  const hostname = checkedHostname(url);
  const literal = canonicalAddress(hostname);
  const verdict = literal === null ? null : addressVerdict(literal, policy);
  const rule = brokenRule(url.protocol, port, literal === null ? hostname : null);
  const mayBeException = verdict === null ? policy.exceptions.length > 0 : verdict === "exception";
  if (rule !== null && !mayBeException) throw new PosthornError(rule.code, rule.facts);
  if (verdict === "denied") throw new PosthornError("PH_URL_ADDRESS");

  return {
    href: url.href,
    scheme: url.protocol,
    hostname,
    port,
    path: url.pathname + url.search,
    literal,
    unlessException: verdict === null ? rule : null,
  };
}

function parse(text: string): URL {
  const tooLong = { reason: `it has more than ${limits.urlCharsMax} characters` };
  if (text.length > limits.urlCharsMax) throw new PosthornError("PH_URL_INVALID", tooLong);
  const url = parsedOrNull(text);
  if (url === null) throw new PosthornError("PH_URL_INVALID", { reason: notAbsolute });
  url.hash = "";
  // Percent-encoding makes up to nine characters of one.
  if (url.href.length > limits.urlCharsMax) throw new PosthornError("PH_URL_INVALID", tooLong);
  return url;
}

/**
 * Not `URL.canParse`: once optimised, Node 20.20 returns wrong results for strings with characters
 * from U+0080 to U+00FF (`https://bücher.example/` is false from about the 4,500th call on).
 * `URL.parse`, which does not throw, is not in every Node 20.
 */
function parsedOrNull(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Removes a trailing dot, also in the URL: `localhost.` must not count as another name. */
function checkedHostname(url: URL): string {
  if (url.hostname.startsWith("[")) return url.hostname.slice(1, -1);
  // Only one: with two, 8.8.8.8.. would be a name, and 8.8.8.8. an address again.
  if (/[^.]\.$/.test(url.hostname)) url.hostname = url.hostname.slice(0, -1);
  const { hostname } = url;
  const isName =
    hostname.length <= hostnameCharsMax &&
    hostname.split(".").every((label) => labelPattern.test(label));
  if (!isName) throw new PosthornError("PH_URL_INVALID", { reason:
    "its host is not a valid host name" });
  return hostname;
}

function brokenRule(scheme: string, port: number, name: string | null): BrokenRule | null {
  if (scheme === "http:") return { code: "PH_URL_SCHEME", facts: { scheme: "http" } };
  if (!isOpenPort(port)) return { code: "PH_URL_PORT", facts: { port } };
  if (name !== null && isInternalName(name)) return { code: "PH_URL_HOST", facts: { host: name } };
  return null;
}

/** A name without a dot is completed from this machine's search list, so it is internal, too. */
function isInternalName(name: string): boolean {
  return (
    !name.includes(".") ||
    internalSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))
  );
}

/** `localhost` and everything under it is this machine (RFC 6761, section 6.3). */
export function isLocalhost(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost");
}
