/**
 * The pipeline's ports to the outside world: time, randomness and network are parameters, so that
 * the simulation controls them. The storage port is in `../store/store.ts`.
 */
import type { DestinationKind } from "../model/endpoint.ts";
import type { FailedFanOut } from "../model/fan-out-step.ts";
import type { TransformationInput, Transformed } from "../model/transformation.ts";

/** The only source of time: the system's clock in production, a virtual one in the simulation. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump forwards and backwards. */
  now(): number;
  /** Milliseconds since a fixed moment. Never jumps. For intervals within this process. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`. The returned function cancels it. */
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
 * Names and values alternate, in the order of the wire. This is an array, because an object with
 * dynamic names took 4.8 µs per attempt to build and read. The array takes 0.1 µs.
 */
export type RawHeaders = readonly string[];

/** What a request says. The transport only adds Host and the length. */
export interface SignedRequest {
  readonly headers: RawHeaders;
  readonly body: string;
}

/** Builds and signs what an attempt sends. */
export interface Signer {
  /**
   * Called when the request can be written, so that its signature is new: receivers reject old
   * ones, and DNS, TLS or a busy origin can take seconds. Called again if the request is sent again
   * on a new connection. Never throws.
   *
   * @returns the error with which the attempt ends if there is nothing to send.
   */
  sign(): SignedRequest | ExchangeError;
}

/** An HTTP request to a URL. */
export interface OutgoingRequest extends Signer {
  readonly url: string;
  /**
   * Timeout for the whole attempt: DNS, connect, TLS, request, response headers and body. Waiting
   * for a socket has its own timeout, because the receiver does not cause it.
   */
  readonly timeoutMs: number;
}

/**
 * Why an exchange brought no usable response.
 * - `address`: the address guard rejected the address.
 * - `shutdown`: this node stopped.
 * - `unsent`: other endpoints of the origin used all sockets to it, or the endpoint's terminal is
 *   not connected to this node.
 * - `no_terminal`: the endpoint's terminal disconnected before it answered.
 * - `resources`: Posthorn or its machine had no file, port or memory for the connection.
 * - `stalled`: Posthorn's event loop was blocked for most of the time.
 * - `transformation`: the endpoint's transformation failed, so nothing was sent.
 * - `cancelled`: the endpoint's transformation cancelled the delivery.
 * - `internal`: an error inside Posthorn. The other classes are errors of the receiver or the
 *   network.
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
  | "no_terminal"
  | "resources"
  | "stalled"
  | "transformation"
  | "cancelled"
  | "internal";

export interface ExchangeError {
  readonly class: ExchangeErrorClass;
  readonly message: string;
  /** True if every further attempt would fail in the same way. Default: false. */
  readonly isFinal?: boolean;
}

/** The outcome of a request. A misbehaving receiver is an outcome, never a thrown error. */
export interface Exchange {
  /** The status of the final response; null if none arrived in time. */
  readonly responseStatus: number | null;
  /** Names are in lower case. The values of a repeated header are joined with ", ". */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** At most `limits.responseBodyKeptBytes`, as text that PostgreSQL can store (without U+0000). */
  readonly responseBody: string;
  /** True if the response's body was longer and was truncated. */
  readonly responseBodyCut: boolean;
  /**
   * Null if there was a complete response. If the body ended too early, this is the reason; the
   * status still decides the outcome.
   */
  readonly error: ExchangeError | null;
  /**
   * True if the receiver closed a reused connection before it sent any byte of its response. The
   * request was then sent again on a new connection.
   */
  readonly isResent: boolean;
  readonly durationMs: number;
  readonly timings: ExchangeTimings;
  /** The IP address of the connection, if there was one. */
  readonly remoteAddress: string | null;
}

/** The duration of each phase of an exchange, in milliseconds. A skipped phase is null. */
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

/** What one attempt sends, to any kind of destination. */
export interface OutgoingMessage extends Signer {
  readonly endpointId: string;
  /** The URL, or null if the destination is not `http`. */
  readonly url: string | null;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly eventType: string;
  /** The attempt's number, starting with 1. */
  readonly attempt: number;
  /** Timeout for the whole attempt, as in `OutgoingRequest`. */
  readonly timeoutMs: number;
}

/**
 * One kind of destination. Signing, retries, limits, fairness and the ledger are the same for all
 * kinds. A new kind implements this interface and gets an entry in `Destinations`.
 */
export interface Destination {
  /** Never rejects, like `Transport.send`: a misbehaving receiver is an outcome. */
  send(message: OutgoingMessage): Promise<Exchange>;
  /**
   * The ids of the sessions that are connected to this node, for a kind of destination that is
   * connected to one node. Claims lease such an endpoint's deliveries only to the node with its
   * session. Absent if every node can send.
   */
  sessionIds?(): readonly string[];
  /** Releases everything. Messages in progress end with the error class `shutdown`. */
  close(): Promise<void>;
}

export type Destinations = Readonly<Record<DestinationKind, Destination>>;

/** Runs the transformations of endpoints: see `../sandbox/`. */
export interface Transformer {
  /** Never rejects: whatever the function does is an outcome. */
  transform(input: TransformationInput): Promise<Transformed>;
}

/** The only way to reach other hosts: see `../transport/`. */
export interface Transport {
  /**
   * Never rejects. Resolves at most `timeoutMs` (plus a few ms) after the call. If the request had
   * to wait for a socket, that adds at most `limits.socketWaitMs`.
   */
  send(request: OutgoingRequest): Promise<Exchange>;
  /**
   * Checks a URL at registration, with the same rules as before each connection.
   * @returns the normalised URL to store.
   * @throws PosthornError with one of the `PH_URL_…` codes.
   */
  checkUrl(url: string): Promise<string>;
  /** Closes every socket. Requests in progress end with the error class `shutdown`. */
  close(): Promise<void>;
}

/** Observes the pipeline for logs, metrics and live updates. Its methods must not throw. */
export interface Observer {
  attempted(attempt: ObservedAttempt): void;
  /** Another node took over the delivery during this node's attempt. */
  leaseLost(deliveryId: string): void;
  /**
   * Posthorn itself lacked a resource (`resources`, `stalled`), so the attempt is repeated and does
   * not count. `inFlightMax` is the new maximum of parallel attempts.
   */
  attemptHeld(reason: ExchangeErrorClass, message: string, inFlightMax: number): void;
  /** An error inside Posthorn. The attempt counts as failed, and the queue continues. */
  sendThrew(deliveryId: string, error: unknown): void;
  /** The row of a delivery or of its event cannot be read. The delivery is now a dead letter. */
  deliveryUnreadable(deliveryId: string, reason: string): void;
  /** Deliveries of an event could not be created. The event is tried again later. */
  fanOutFailed(failed: FailedFanOut): void;
  /** A store call failed. The pipeline continues and repeats the call. */
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
