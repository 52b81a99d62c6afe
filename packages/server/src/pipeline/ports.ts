/**
 * What the pipeline asks of the outside: time, chance and network are passed in, so that the
 * simulation can own all three. The store's port is in `../store/store.ts`.
 */

/** The one source of time. The system's clock in production, a virtual one in the simulation. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May step, forwards and backwards. */
  now(): number;
  /** Milliseconds since any fixed moment: never steps. For intervals within this process. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The one source of chance. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
}

/**
 * Names and values in turn, as they go onto the wire. Not an object: one with names made at run
 * time, read again entry by entry, cost 4.8 µs of each attempt, and this costs 0.1.
 */
export type RawHeaders = readonly string[];

/** One HTTP request to an endpoint, complete: nothing is added to it but Host and lengths. */
export interface OutgoingRequest {
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: string;
  /**
   * Bound on the whole attempt: name lookup, connect, TLS, request, response head and body. The
   * wait for one of the origin's sockets is not the receiver's: it has a bound of its own.
   */
  readonly timeoutMs: number;
}

/**
 * Why an exchange brought no usable response. `address` means that the guard refused where the
 * URL leads; `shutdown` that this node stopped; `unsent` that other endpoints of its origin had all
 * sockets to it; `resources` that Posthorn or its machine had no file, port or memory left for the
 * connection; `stalled` that Posthorn's event loop was blocked for most of the time; `internal` is
 * a fault of Posthorn's own. All other classes are the receiver's or the network's.
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

/** What came of one request. A receiver's misbehaviour is an outcome, never a thrown error. */
export interface Exchange {
  /** The final status line's number, or null if none arrived in time. */
  readonly responseStatus: number | null;
  /** Names in lower case; of a repeated header the values joined with ", ". */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** At most `limits.responseBodyKeptBytes`, as text that PostgreSQL can store (no U+0000). */
  readonly responseBody: string;
  /** True if more of the body came, or would have come, than is kept. */
  readonly responseBodyCut: boolean;
  /**
   * Null unless no status arrived (or, with a status, when the body broke: then it only explains
   * why the body is incomplete; the status decides the outcome).
   */
  readonly error: { readonly class: ExchangeErrorClass; readonly message: string } | null;
  /**
   * True if the receiver closed a kept connection before one byte of its answer, and the request
   * was sent once more on a new one.
   */
  readonly isResent: boolean;
  readonly durationMs: number;
  readonly timings: ExchangeTimings;
  /** The IP address that was connected to, where one was. */
  readonly remoteAddress: string | null;
}

/** Where an exchange's time went, in milliseconds; null for what did not take place. */
export interface ExchangeTimings {
  /** Looking up the name; null if its answer was at hand. */
  readonly dnsMs: number | null;
  /** Waiting for one of the origin's connections to be free. */
  readonly waitMs: number | null;
  /** Opening the connection; null if an open one was used. */
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From an open connection to the response's status line. */
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
   * Never rejects. Resolves at the latest `timeoutMs` (plus a few ms) after the call, and
   * `limits.socketWaitMs` later if it had to wait for a socket.
   */
  send(request: OutgoingRequest): Promise<Exchange>;
  /**
   * Checks a URL as it will be checked at every connection, for use at registration.
   * @returns the normalised URL to store.
   * @throws PosthornError with one of the `PH_URL_…` codes.
   */
  checkUrl(url: string): Promise<string>;
  /** Closes every socket. Requests under way end with the error class `shutdown`. */
  close(): Promise<void>;
}

/** What the pipeline tells those who watch it: logs, metrics, live updates. Must not throw. */
export interface Observer {
  attempted(attempt: ObservedAttempt): void;
  /** Another node took the delivery over while this one was attempting it. */
  leaseLost(deliveryId: string): void;
  /**
   * Posthorn itself was short of something (`resources`, `stalled`): the attempt was none, and is
   * made again. `inFlightMax`: attempts that the node makes at once from now on.
   */
  attemptHeld(reason: ExchangeErrorClass, message: string, inFlightMax: number): void;
  /** A fault of Posthorn's own: the attempt counts as failed, and the queue goes on. */
  sendThrew(deliveryId: string, error: unknown): void;
  /** A delivery whose row, or whose event's row, is broken: it is a dead letter now. */
  deliveryUnreadable(deliveryId: string, reason: string): void;
  /** The store failed; the pipeline goes on and tries again. */
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
