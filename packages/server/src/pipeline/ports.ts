/**
 * The pipeline's ports to the outside: time, chance and network are parameters, so that the
 * simulation can control all three. The port of the store is in `../store/store.ts`.
 */

/** The only source of time: the system's clock in production, a virtual one in the simulation. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump forwards and backwards. */
  now(): number;
  /** Milliseconds since a fixed moment; never jumps. For intervals within this process. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The only source of randomness. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
}

/**
 * Names and values alternate, in the order of the wire. Not an object: building one with dynamic
 * names and reading it entry by entry cost 4.8 µs per attempt; this costs 0.1 µs.
 */
export type RawHeaders = readonly string[];

/** One complete HTTP request to an endpoint: the transport adds only Host and lengths. */
export interface OutgoingRequest {
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: string;
  /**
   * Timeout for the whole attempt: DNS, connect, TLS, request, response head and body. The wait for
   * a socket of the origin is not the receiver's fault, so it has its own timeout.
   */
  readonly timeoutMs: number;
}

/**
 * Why an exchange brought no usable response.
 * - `address`: the address guard refused the address.
 * - `shutdown`: this node stopped.
 * - `unsent`: other endpoints of the origin used all sockets to it.
 * - `resources`: Posthorn or its machine had no file, port or memory left for the connection.
 * - `stalled`: Posthorn's event loop was blocked for most of the time.
 * - `internal`: a fault of Posthorn itself.
 * All other classes are the receiver's or the network's.
 */
export type ExchangeErrorClass =
  | "address"
  | "dns"
  | "connect"
  | "tls"
  | "timeout"
  | "closed"
  | "protocol"
  | "shutdown"
  | "unsent"
  | "resources"
  | "stalled"
  | "internal";

/** The outcome of one request. A misbehaving receiver is an outcome, never a thrown error. */
export interface Exchange {
  /** The number in the final status line; null if none arrived in time. */
  readonly responseStatus: number | null;
  /** Names in lower case; values of a repeated header are joined with ", ". */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** At most `limits.responseBodyKeptBytes`, as text that PostgreSQL can store (no U+0000). */
  readonly responseBody: string;
  /** True if the response had more body than is kept. */
  readonly responseBodyCut: boolean;
  /**
   * Null if a status arrived. Exception: if the body broke off after the status, it explains why
   * the body is incomplete; the status still decides the outcome.
   */
  readonly error: { readonly class: ExchangeErrorClass; readonly message: string } | null;
  /**
   * True if the receiver closed a reused connection before it sent any byte of its response, so
   * that the request was sent again on a new connection.
   */
  readonly isResent: boolean;
  readonly durationMs: number;
  readonly timings: ExchangeTimings;
  /** The IP address of the connection, if there was one. */
  readonly remoteAddress: string | null;
}

/** How long each phase of an exchange took, in milliseconds; null if the phase was skipped. */
export interface ExchangeTimings {
  /** DNS resolution; null if the name was cached. */
  readonly dnsMs: number | null;
  /** Waiting for a free connection to the origin. */
  readonly waitMs: number | null;
  /** Opening the connection; null if it was reused. */
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the open connection to the status line of the response. */
  readonly firstByteMs: number | null;
}

export const noTimings: ExchangeTimings = Object.freeze({
  dnsMs: null,
  waitMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
});

/** The only way out of the process: see `../transport/`. */
export interface Transport {
  /**
   * Never rejects. Resolves at the latest `timeoutMs` (plus a few ms) after the call. If it waited
   * for a socket, `limits.socketWaitMs` later.
   */
  send(request: OutgoingRequest): Promise<Exchange>;
  /**
   * Checks a URL at registration by the same rules as at every connection.
   * @returns the normalised URL to store.
   * @throws PosthornError with one of the `PH_URL_…` codes.
   */
  checkUrl(url: string): Promise<string>;
  /** Closes every socket. Running requests end with the error class `shutdown`. */
  close(): Promise<void>;
}

/** The pipeline's observer: logs, metrics, live updates. Must not throw. */
export interface Observer {
  attempted(attempt: ObservedAttempt): void;
  /** Another node took over the delivery during this node's attempt. */
  leaseLost(deliveryId: string): void;
  /**
   * Posthorn itself lacked something (`resources`, `stalled`): the attempt does not count and is
   * repeated. `inFlightMax`: the number of parallel attempts from now on.
   */
  attemptHeld(reason: ExchangeErrorClass, message: string, inFlightMax: number): void;
  /** Posthorn's own fault: the attempt counts as failed, and the queue continues. */
  sendThrew(deliveryId: string, error: unknown): void;
  /** The row of a delivery or of its event is broken: the delivery is now a dead letter. */
  deliveryUnreadable(deliveryId: string, reason: string): void;
  /** A store call failed; the pipeline continues and tries again. */
  storeFailed(operation: string, error: unknown): void;
}

export interface ObservedAttempt {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly orgId: string;
  readonly endpointId: string;
  readonly contract: string;
  readonly number: number;
  readonly status: string;
  readonly responseStatus: number | null;
  readonly error: string | null;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly nextAttemptAtMs: number | null;
}
