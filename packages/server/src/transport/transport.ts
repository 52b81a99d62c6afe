/** Opens all outgoing connections of the pipeline. No other module does. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Exchange, OutgoingRequest, Transport } from "../pipeline/ports.ts";
import { parseCidrs, type AddressPolicy } from "./address-guard.ts";
import { Deadlines } from "./deadlines.ts";
import { parseEndpointUrl, type EndpointUrl } from "./endpoint-url.ts";
import { PendingExchange } from "./exchange.ts";
import { routeFailure, shutdownFailure } from "./failure.ts";
import { LoopLag } from "./loop-lag.ts";
import { Pools, type PoolBounds, type PoolCounts } from "./pools.ts";
import { createNameServersResolve, NameError, type ResolveName } from "./resolver.ts";
import { Routes, type Route } from "./routes.ts";

export interface TransportOptions {
  /** Ranges that are allowed in addition to public addresses, also over http and on any port. */
  readonly allowCidrs: readonly string[];
  /** The `user-agent` of requests that have none. */
  readonly userAgent?: string;
  /** A resolver that replaces the system's name servers. */
  readonly resolve?: ResolveName;
  /** Certificate authorities (PEM) to trust instead of Node's own. */
  readonly ca?: string;
  readonly own?: OwnReceivers;
  /** Smaller limits than those in `limits`. */
  readonly bounds?: PoolBounds;
  /** Returns the time of a monotonic clock. Only differences are used. */
  readonly nowMs?: () => number;
}

const defaultBounds: PoolBounds = {
  originsMax: limits.originPoolsMax,
  socketsMax: limits.socketsMax,
};

/**
 * URLs of listeners in this process. They need no rule and no DNS query. They work only for
 * sending: an endpoint cannot be registered with such a URL, and it does not allow its address to
 * other endpoints.
 */
export type OwnReceivers = ReadonlyMap<string, { readonly address: string; readonly port: number }>;

/** A transport that also counts its open resources. */
export interface ObservableTransport extends Transport {
  readonly counts: PoolCounts & { readonly exchanges: number };
}

/**
 * Creates a transport that checks the destination of every request, never follows a redirect, and
 * limits each exchange in time and memory. It sends a request a second time in only one case: a
 * kept connection broke before the first byte of the response. Receivers get every webhook at least
 * once anyway, and can recognise a repetition by its id. All endpoints of an origin share its
 * connections, which are kept for `limits.socketIdleMs`. Proxy environment variables are ignored,
 * because a proxy would resolve the name a second time, past the guard.
 * @throws PosthornError `PH_CIDR_INVALID`.
 */
export function createTransport(options: TransportOptions): ObservableTransport {
  return new UndiciTransport(options);
}

class UndiciTransport implements ObservableTransport {
  readonly #options: TransportOptions;
  readonly #nowMs: () => number;
  readonly #policy: AddressPolicy;
  readonly #routes: Routes;
  readonly #own: ReadonlyMap<string, Route>;
  readonly #pools: Pools;
  /** The deadlines of the exchanges in flight. */
  readonly #deadlines = new Deadlines<PendingExchange>();
  readonly #loopLag = new LoopLag();
  #isClosed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#policy = { exceptions: parseCidrs(options.allowCidrs.join(",")) };
    this.#routes = new Routes({
      policy: this.#policy,
      resolve: options.resolve ?? createNameServersResolve(),
      nowMs: this.#nowMs,
    });
    this.#own = new Map([...(options.own ?? [])].map(([url, to]) => [url, ownRoute(url, to)]));
    this.#pools = new Pools(options.ca, options.bounds ?? defaultBounds, this.#nowMs);
  }

  get counts(): PoolCounts & { readonly exchanges: number } {
    return { ...this.#pools.counts, exchanges: this.#deadlines.count };
  }

  send(request: OutgoingRequest): Promise<Exchange> {
    return new Promise((resolve) => {
      const exchange = new PendingExchange({
        request,
        userAgent: this.#options.userAgent,
        nowMs: this.#nowMs,
        deadlines: this.#deadlines,
        loopLag: this.#loopLag,
        onBroken: (broken) => this.#resend(broken, request.url),
        onFinished: resolve,
      });
      this.#route(exchange, request.url);
    });
  }

  async checkUrl(url: string): Promise<string> {
    const parsed = parseEndpointUrl(url, this.#policy);
    try {
      await this.#routes.find(url);
    } catch (error) {
      refuseUnlessUnresolved(parsed, error);
    }
    return parsed.href;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const exchange of this.#deadlines.all()) exchange.fail(shutdownFailure);
    this.#deadlines.close();
    this.#loopLag.close();
    await this.#pools.close();
  }

  #route(exchange: PendingExchange, url: string): void {
    if (this.#isClosed) return exchange.fail(shutdownFailure);
    const route = this.#routes.cached(url);
    if (route !== undefined) return exchange.start(route, this.#pools.for(route), false);
    exchange.lookUp();
    void this.#findRoute(exchange, url);
  }

  async #findRoute(exchange: PendingExchange, url: string): Promise<void> {
    const route = await this.#lookUp(exchange, url);
    if (route !== null) exchange.start(route, this.#pools.for(route), true);
  }

  /** Checks the name again, because it may now have an address to which nothing may be sent. */
  #resend(exchange: PendingExchange, url: string): void {
    const route = this.#routes.cached(url);
    if (route !== undefined) return exchange.resend(route);
    void this.#lookUp(exchange, url).then((found) => found !== null && exchange.resend(found));
  }

  /**
   * Finds the route of an exchange. Returns null if the exchange has ended, either before or
   * because its URL has no route.
   */
  async #lookUp(exchange: PendingExchange, url: string): Promise<Route | null> {
    try {
      const route = this.#own.get(url) ?? (await this.#routes.find(url));
      return exchange.isFinished ? null : route;
    } catch (error) {
      exchange.fail(routeFailure(error));
      return null;
    }
  }
}

function ownRoute(url: string, { address, port }: { address: string; port: number }): Route {
  const { hostname, pathname } = new URL(url);
  return {
    origin: `http://${address}:${port}`,
    secure: false,
    hostname,
    port,
    path: pathname,
    addresses: [address],
    expiresAtMs: Number.POSITIVE_INFINITY,
  };
}

/**
 * A name that does not resolve is no reason to reject an endpoint: the name may be created
 * tomorrow, or the name servers may be down, and nothing is sent to a name that does not resolve.
 * But a URL that needs an exception needs addresses that prove the exception.
 */
function refuseUnlessUnresolved({ unlessException }: EndpointUrl, error: unknown): void {
  if (!(error instanceof NameError)) throw error;
  if (unlessException !== null) {
    throw new PosthornError(unlessException.code, unlessException.facts);
  }
}
