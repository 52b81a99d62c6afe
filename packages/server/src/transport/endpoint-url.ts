/**
 * Checks as much of an endpoint's URL as is possible without the network. `routes.ts` checks the
 * addresses for each connection.
 */
import { PosthornError, type ErrorCode, type ErrorFacts } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { addressVerdict, canonicalAddress, type AddressPolicy } from "./address-guard.ts";
import { isOpenPort } from "./endpoint-ports.ts";

export interface EndpointUrl {
  /**
   * The normalised URL without its fragment, as it is stored. Parsing it again returns the same
   * text.
   */
  readonly href: string;
  readonly scheme: "http:" | "https:";
  /** In lower case and punycode, without a trailing dot. An IPv6 address has no brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The path and query, i.e. the target of the request. */
  readonly path: string;
  /** The canonical address if the host is an IP literal. */
  readonly literal: string | null;
  /**
   * A rule that the URL violates, or null. Such a URL is allowed only if all its addresses are
   * exceptions of the policy.
   */
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
 * services (metadata.google.internal). They are rejected before any DNS query.
 */
const internalSuffixes = ["localhost", "local", "internal", "svc", "home.arpa"];

const labelPattern = /^[a-z0-9_-]{1,63}$/;
const hostnameCharsMax = 253;
const notAbsolute = "it is not an absolute URL";

/**
 * Parses a URL with the WHATWG parser and checks only the result, not the text: `0x7f.1`,
 * `①②⑦.0.0.1`, `127。0。0。1` and embedded tabs all become 127.0.0.1.
 *
 * The rules are checked in this order: absolute and short enough, scheme, userinfo, port, host.
 * http, other ports and internal names are only allowed for addresses in the policy's exceptions.
 * If the host is a name, its addresses are not known here, so `unlessException` contains the rule.
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
  // Port 0 is rejected first, because nothing can listen on it and no range of the policy can allow
  // it.
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
  // Percent-encoding can turn one character into nine.
  if (url.href.length > limits.urlCharsMax) throw new PosthornError("PH_URL_INVALID", tooLong);
  return url;
}

/**
 * Parses a URL, and returns null if that fails. `URL.canParse` returns wrong results in Node 20.20
 * once it is optimised, for strings with characters from U+0080 to U+00FF
 * (`https://bücher.example/` is false from about the 4,500th call on). `URL.parse`, which does not
 * throw, is missing in some versions of Node 20.
 */
function parsedOrNull(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Removes a trailing dot, also in the URL, so that `localhost.` does not count as another name. */
function checkedHostname(url: URL): string {
  if (url.hostname.startsWith("[")) return url.hostname.slice(1, -1);
  // Removes only one dot. With two, 8.8.8.8.. would count as a name, but 8.8.8.8. as an address
  // again.
  if (/[^.]\.$/.test(url.hostname)) url.hostname = url.hostname.slice(0, -1);
  const { hostname } = url;
  const isName =
    hostname.length <= hostnameCharsMax &&
    hostname.split(".").every((label) => labelPattern.test(label));
  if (!isName)
    throw new PosthornError("PH_URL_INVALID", { reason: "its host is not a valid host name" });
  return hostname;
}

function brokenRule(scheme: string, port: number, name: string | null): BrokenRule | null {
  if (scheme === "http:") return { code: "PH_URL_SCHEME", facts: { scheme: "http" } };
  if (!isOpenPort(port)) return { code: "PH_URL_PORT", facts: { port } };
  if (name !== null && isInternalName(name)) return { code: "PH_URL_HOST", facts: { host: name } };
  return null;
}

/** A name without a dot counts as internal, because the machine's search list completes it. */
function isInternalName(name: string): boolean {
  return (
    !name.includes(".") ||
    internalSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))
  );
}

/** `localhost` and all names below it mean this machine (RFC 6761, section 6.3). */
export function isLocalhost(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost");
}
