/** A request in progress: its deadline, its socket, and what has arrived so far. */
import type { Dispatcher } from "undici";
import { limits } from "../limits.ts";
import {
  noTimings,
  type Exchange,
  type ExchangeTimings,
  type OutgoingRequest,
} from "../pipeline/ports.ts";
import { socketLost, type Connection } from "./connection.ts";
import type { Deadline, Deadlines, Expiring } from "./deadlines.ts";
import {
  bodyFailure,
  connectionFailure,
  invalidStatusFailure,
  stalledFailure,
  timeoutFailure,
  unsentFailure,
} from "./failure.ts";
import type { ExchangeStage, Failure } from "./failure.ts";
import type { LoopLag } from "./loop-lag.ts";
import type { ConnectionUser, OriginPool } from "./origin-pool.ts";
import { ResponseBody } from "./response-body.ts";
import type { Route } from "./routes.ts";
import { ownHeaders } from "./wire-headers.ts";

export interface ExchangeOptions {
  readonly request: OutgoingRequest;
  readonly userAgent: string | undefined;
  readonly nowMs: () => number;
  readonly deadlines: Deadlines<PendingExchange>;
  readonly loopLag: LoopLag;
  /**
   * Called if a kept connection broke. Checks the URL again, then calls `resend` with the new
   * route, or `fail`.
   */
  onBroken(exchange: PendingExchange): void;
  /** Called once with the outcome. */
  onFinished(outcome: Exchange): void;
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

/**
 * A request in progress. It ends exactly once, at its deadline at the latest. Its socket is then
 * kept or closed.
 */
export class PendingExchange implements ConnectionUser, Dispatcher.DispatchHandler, Expiring {
  readonly #options: ExchangeOptions;
  readonly #startedAtMs: number;
  place: ConnectionUser["place"] = null;
  /**
   * The current deadline: that of the whole exchange, of the wait for a socket, or of the rest of
   * the body.
   */
  #deadline: Deadline<PendingExchange> | null = null;
  readonly #lagBeforeMs: number;
  #hadGrace = false;
  #isFinished = false;
  #pool: OriginPool | null = null;
  #connection: Connection | null = null;
  #path = "";
  /**
   * When the route was known; null during the DNS query. `#isLookedUp` says whether there was a
   * query.
   */
  #routedAtMs: number | null = null;
  #isLookedUp = false;
  #isSecure = false;
  #ranAtMs = 0;
  /**
   * The kept socket that the exchange uses, and how much the socket had received before. Null if
   * the socket is new.
   */
  #kept: { readonly opening: Connection["opening"]; readonly bytesRead: number } | null = null;
  #isResent = false;
  #hasWaited = false;
  #respondedAtMs: number | null = null;
  #status: number | null = null;
  #headers = noHeaders;
  #body: ResponseBody | null = null;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startedAtMs = options.nowMs();
    this.#lagBeforeMs = options.loopLag.totalMs;
  }

  /** Identifies an endpoint within an origin by its path. */
  get holder(): string {
    return this.#path;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Called if a DNS query is needed before the exchange can start. */
  lookUp(): void {
    this.#endWithin(this.#options.request.timeoutMs);
  }

  /**
   * Starts the exchange, after the address guard accepted the URL. `isLookedUp` says whether a DNS
   * query was needed.
   */
  start(route: Route, pool: OriginPool, isLookedUp: boolean): void {
    this.#path = route.path;
    this.#pool = pool;
    this.#isLookedUp = isLookedUp;
    this.#isSecure = route.secure;
    this.#routedAtMs = this.#options.nowMs();
    const connection = pool.acquire(this, route);
    if (connection === null) {
      this.#hasWaited = true;
      this.#endWithin(limits.socketWaitMs);
    } else this.run(connection);
  }

  run(connection: Connection): void {
    if (this.#isFinished) {
      this.#pool?.release(connection, true);
      return;
    }
    this.#connection = connection;
    this.#ranAtMs = this.#options.nowMs();
    const { opening, bytesRead } = connection;
    this.#kept = connection.isOpen ? { opening, bytesRead } : null;
    if (this.#deadline === null || this.#hasWaited) {
      this.#endWithin(this.#options.request.timeoutMs);
    }
    this.#dispatchOnceOpen(connection);
  }

  /** Sends the request again, signed again, on a new socket. The deadline stays the same. */
  resend(route: Route): void {
    const broken = this.#connection;
    if (this.#isFinished || broken === null || this.#pool === null) return;
    const fresh = this.#pool.replace(broken, route);
    this.#connection = fresh;
    this.#kept = null;
    this.#dispatchOnceOpen(fresh);
  }

  #dispatchOnceOpen(connection: Connection): void {
    if (connection.isOpen) return this.#dispatch(connection);
    connection.open((error) => {
      if (this.#isFinished) return;
      if (error === null) this.#dispatch(connection);
      else this.onResponseError(null, error);
    });
  }

  #dispatch(connection: Connection): void {
    const { request, userAgent } = this.#options;
    const signed = request.sign();
    if ("class" in signed) return this.#finish(signed, this.#kept !== null);
    connection.dispatch(
      {
        path: this.#path,
        method: "POST",
        headers: ownHeaders(signed.headers, userAgent),
        body: signed.body,
      },
      this,
    );
  }

  /** Ends the exchange, unless it has already ended, and closes its socket. */
  fail(failure: Failure): void {
    if (this.#status !== null) return this.#finish(bodyFailure(failure), false);
    const isStalled = receiversClasses.has(failure.class) && this.#wasStalled();
    this.#finish(isStalled ? stalledFailure : failure, false);
  }

  /**
   * Called at the deadline of the exchange, of the wait for a socket, or of the rest of the body.
   */
  expire(): void {
    const isUnsent = this.#pool !== null && this.#connection === null;
    if (!this.#hadGrace && this.#lagMs >= limits.stallMsLeast) {
      // After a stall, timers run before sockets are read, so a response may have arrived without
      // being read yet.
      this.#hadGrace = true;
      this.#deadline = null;
      return this.#endWithin(limits.stallGraceMs);
    }
    const { timeoutMs } = this.#options.request;
    this.fail(isUnsent ? unsentFailure : timeoutFailure(this.#stage(), timeoutMs));
  }

  // — undici calls the following methods, in this order —

  onRequestStart(): void {
    this.#connection?.requestStarts();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (this.#isFinished) return;
    if (status > 599) return this.#finish(invalidStatusFailure(status), false);
    this.#status = status;
    this.#respondedAtMs = this.#options.nowMs();
    this.#headers = joinRepeated(headers);
    this.#waitForBody();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isFinished) return;
    this.#body ??= new ResponseBody();
    if (!this.#body.add(chunk)) this.#finish(null, false);
  }

  onResponseEnd(): void {
    if (!this.#isFinished) this.#finish(null, true);
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#isFinished) return;
    const isLost = error === socketLost;
    const phase = isLost ? "open" : (this.#connection?.phase ?? "open");
    const failure = connectionFailure(error, phase);
    if (!this.#wasClosedUnseen(failure)) return this.fail(failure);
    this.#isResent = !isLost;
    this.#options.onBroken(this);
  }

  /**
   * Returns whether the receiver closed a kept connection before it saw the request. Receivers
   * close idle connections at any time (uvicorn after 5 s, gunicorn after 2 s), even while a
   * request is on its way. Without a resend, 13 of 150 attempts failed and were retried a minute
   * later. There is no resend if the socket was new or the response had started.
   */
  #wasClosedUnseen({ class: failureClass }: Failure): boolean {
    const kept = this.#kept;
    const connection = this.#connection;
    if (kept === null || connection === null || this.#isResent) return false;
    if (failureClass !== "closed" && failureClass !== "tls") return false;
    return kept.opening === connection.opening && kept.bytesRead === connection.bytesRead;
  }

  /** For how many ms the event loop has been blocked since the exchange started. */
  get #lagMs(): number {
    return this.#options.loopLag.totalMs - this.#lagBeforeMs;
  }

  #wasStalled(): boolean {
    const lagMs = this.#lagMs;
    if (lagMs < limits.stallMsLeast) return false;
    return lagMs > limits.stallShareMax * (this.#options.nowMs() - this.#startedAtMs);
  }

  #stage(): ExchangeStage {
    if (this.#status !== null) return "body";
    return this.#connection === null ? "lookup" : this.#connection.phase;
  }

  /**
   * Gives the rest of the body only a short time, because the status has already decided the
   * outcome.
   */
  #waitForBody(): void {
    const { request, nowMs } = this.#options;
    const beganAtMs = this.#hasWaited ? this.#ranAtMs : this.#startedAtMs;
    const leftMs = beganAtMs + request.timeoutMs - nowMs();
    if (leftMs > limits.responseBodyWaitMs) this.#endWithin(limits.responseBodyWaitMs);
  }

  #endWithin(ms: number): void {
    const { deadlines } = this.#options;
    if (this.#deadline !== null) deadlines.remove(this.#deadline);
    this.#deadline = deadlines.add(this, ms);
  }

  #timings(): ExchangeTimings {
    const routedAtMs = this.#routedAtMs;
    const connection = this.#connection;
    if (routedAtMs === null) return noTimings;
    const dnsMs = this.#isLookedUp ? routedAtMs - this.#startedAtMs : null;
    if (connection === null) return { ...noTimings, dnsMs };
    const { startedAtMs, connectedAtMs, readyAtMs } = connection.opening;
    const isNew = this.#kept?.opening !== connection.opening;
    const isSecured = isNew && readyAtMs > 0 && this.#isSecure;
    const sentAtMs = isNew ? readyAtMs : this.#ranAtMs;
    return {
      dnsMs,
      waitMs: this.#hasWaited ? this.#ranAtMs - routedAtMs : null,
      connectMs: isNew && connectedAtMs > 0 ? connectedAtMs - startedAtMs : null,
      tlsMs: isSecured ? readyAtMs - connectedAtMs : null,
      firstByteMs: this.#respondedAtMs === null ? null : this.#respondedAtMs - sentAtMs,
    };
  }

  #finish(error: Failure | null, isComplete: boolean): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (this.#deadline !== null) this.#options.deadlines.remove(this.#deadline);
    const connection = this.#connection;
    const outcome: Exchange = {
      responseStatus: this.#status,
      responseHeaders: this.#headers,
      responseBody: this.#body === null ? "" : this.#body.text(),
      responseBodyCut: this.#status !== null && !isComplete,
      error,
      isResent: this.#isResent,
      durationMs: this.#options.nowMs() - this.#startedAtMs,
      timings: this.#timings(),
      remoteAddress: connection === null ? null : connection.remoteAddress,
    };
    if (connection !== null) this.#pool?.release(connection, isComplete);
    else this.#pool?.leave(this);
    this.#options.onFinished(outcome);
  }
}

/** Classes of errors that mean that a receiver or a DNS server does not respond in time. */
const receiversClasses: ReadonlySet<Failure["class"]> = new Set([
  "dns",
  "connect",
  "tls",
  "timeout",
  "closed",
]);

function joinRepeated(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  return Object.values(headers).every(isText)
    ? (headers as Readonly<Record<string, string>>)
    : Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(", ") : (value ?? ""),
        ]),
      );
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
