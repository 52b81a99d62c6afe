/**
 * Finds the addresses for a URL that Posthorn may connect to. Every request and every registration
 * checks the same rules in the same order: parse, scheme, userinfo, port, host, then all addresses
 * of the name. One denied address rejects the URL.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { AddressPolicy } from "./address-guard.ts";
import { parseEndpointUrl, type EndpointUrl } from "./endpoint-url.ts";
import { NameCache, type CheckedAddresses, type ResolveName } from "./resolver.ts";

/** Where a request goes. All its addresses have been checked. */
export interface Route {
  /** Scheme, host and port. Routes with the same origin share sockets. */
  readonly origin: string;
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  /** All routes of a name share this array until its DNS answer expires. */
  readonly addresses: readonly string[];
  readonly expiresAtMs: number;
}

export interface RoutesOptions {
  readonly policy: AddressPolicy;
  readonly resolve: ResolveName;
  readonly nowMs: () => number;
}

export class Routes {
  readonly #policy: AddressPolicy;
  readonly #nowMs: () => number;
  readonly #names: NameCache;
  readonly #routes = new Map<string, Route>();

  constructor(options: RoutesOptions) {
    this.#policy = options.policy;
    this.#nowMs = options.nowMs;
    this.#names = new NameCache(options);
  }

  /** Returns the route of a URL that was checked less than `limits.dnsCacheMs` ago. */
  cached(url: string): Route | undefined {
    const route = this.#routes.get(url);
    return route !== undefined && route.expiresAtMs > this.#nowMs() ? route : undefined;
  }

  /**
   * Checks all rules again.
   *
   * @throws PosthornError with a `PH_URL_…` code if a rule forbids the URL.
   * @throws NameError if its host name cannot be resolved.
   */
  async find(url: string): Promise<Route> {
    const parsed = parseEndpointUrl(url, this.#policy);
    const checked = await this.#names.lookup(parsed.hostname);
    refuseByVerdict(parsed, checked);
    const route: Route = {
      origin: originOf(parsed),
      secure: parsed.scheme === "https:",
      hostname: parsed.hostname,
      port: parsed.port,
      path: parsed.path,
      addresses: checked.addresses,
      expiresAtMs: checked.expiresAtMs,
    };
    this.#keep(url, route);
    return route;
  }

  #keep(url: string, route: Route): void {
    this.#routes.delete(url);
    for (const oldest of this.#routes.keys()) {
      if (this.#routes.size < limits.routesMax) break;
      this.#routes.delete(oldest);
    }
    this.#routes.set(url, route);
  }
}

/**
 * Reports a violated rule about URLs before a denied address. Otherwise the error for an http URL
 * would reveal whether its host is internal. All denied addresses get the same message.
 */
function refuseByVerdict(url: EndpointUrl, checked: CheckedAddresses): void {
  if (url.unlessException !== null && checked.verdict !== "exception") {
    throw new PosthornError(url.unlessException.code, url.unlessException.facts);
  }
  if (checked.verdict === "denied") throw new PosthornError("PH_URL_ADDRESS");
}

function originOf({ scheme, hostname, port }: EndpointUrl): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${scheme}//${host}:${port}`;
}
