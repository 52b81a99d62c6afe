/** The only place that opens outgoing connections. */
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
  /** Ranges that are allowed although they are not public, also with http and on any port. */
  readonly allowCidrs: readonly string[];
  /** The `user-agent` of requests that do not set one. */
  readonly userAgent?: string;
  /** Replaces the system's DNS servers. */
  readonly resolve?: ResolveName;
  /** Certificate authorities (PEM) to trust instead of Node's own. */
  readonly ca?: string;
  readonly own?: OwnReceivers;
  /** Smaller limits than those in `limits`. */
  readonly bounds?: PoolBounds;
  /** A clock that never goes back. Only differences are used. */
  readonly nowMs?: () => number;
}

const defaultBounds: PoolBounds = {
  originsMax: limits.originPoolsMax,
  socketsMax: limits.socketsMax,
};

/**
 * URLs that lead to a listener of this process. No rules and no DNS queries apply to them. They
 * only work for sending: no endpoint can be registered with one, and they allow no address.
 */
export type OwnReceivers = ReadonlyMap<string, { readonly address: string; readonly port: number }>;

/** A transport whose open sockets can be observed. */
export interface ObservableTransport extends Transport {
  readonly counts: PoolCounts & { readonly exchanges: number };
}

/**
 * Creates a transport that checks where each request goes, never follows a redirect, and limits the
 * time and memory of each exchange. It sends a request a second time in only one case: a kept
 * connection was closed before the first byte of the response. That is safe, because receivers get
 * each webhook at least once anyway and can recognise duplicates by its id.
 *
 * All endpoints of an origin share its connections, which are kept for `limits.socketIdleMs`. Proxy
 * environment variables are ignored, because a proxy would resolve the name again and bypass the
 * address guard.
 *
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
  /** The deadlines of all exchanges in progress. */
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

  /**
   * The URL must be checked again, because its name may now lead to an address that is not allowed.
   */
  #resend(exchange: PendingExchange, url: string): void {
    const route = this.#routes.cached(url);
    if (route !== undefined) return exchange.resend(route);
    void this.#lookUp(exchange, url).then((found) => found !== null && exchange.resend(found));
  }

  /** Returns null if the URL has no route, or if the exchange has ended meanwhile. */
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
 * A name that cannot be resolved may be set up later, or the DNS servers may be down. That is no
 * reason to reject an endpoint, because nothing is sent to a name that does not resolve. But if the
 * URL needs an exception, only its addresses can prove it.
 */
function refuseUnlessUnresolved({ unlessException }: EndpointUrl, error: unknown): void {
  if (!(error instanceof NameError)) throw error;
  if (unlessException !== null) {
    throw new PosthornError(unlessException.code, unlessException.facts);
  }
}
