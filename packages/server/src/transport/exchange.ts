/** One request under way: its deadline, its socket, and what has come back so far. */
import type { Dispatcher } from "undici";
import { limits } from "../limits.ts";
import type { Exchange, OutgoingRequest, RawHeaders } from "../pipeline/ports.ts";
import type { Connection } from "./connection.ts";
import type { Deadlines, Expiring } from "./deadlines.ts";
import { bodyFailure, connectionFailure, timeoutFailure } from "./failure.ts";
import type { ExchangeStage, Failure } from "./failure.ts";
import type { ConnectionUser, OriginPool } from "./origin-pool.ts";
import { ResponseBody } from "./response-body.ts";
import type { Route } from "./routes.ts";

export interface ExchangeOptions {
  readonly request: OutgoingRequest;
  readonly userAgent: string | undefined;
  readonly nowMs: () => number;
  readonly deadlines: Deadlines;
  /** Called once, with the outcome. */
  onFinished(exchange: PendingExchange, outcome: Exchange): void;
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

/** Ends exactly once, at its deadline at the latest; its socket is then kept or closed. */
export class PendingExchange implements ConnectionUser, Dispatcher.DispatchHandler, Expiring {
  readonly #options: ExchangeOptions;
  readonly #startedAtMs: number;
  /** Null while the deadline in force is that of the whole exchange. */
  #bodyWaitMs: number | null = null;
  #isFinished = false;
  #pool: OriginPool | null = null;
  #connection: Connection | null = null;
  #path = "";
  #status: number | null = null;
  #headers = noHeaders;
  #body: ResponseBody | null = null;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startedAtMs = options.nowMs();
    options.deadlines.add(this, options.request.timeoutMs);
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** The URL passed the guard: go. */
  start(route: Route, pool: OriginPool): void {
    this.#path = route.path;
    this.#pool = pool;
    const connection = pool.acquire(this, route);
    if (connection !== null) this.run(connection);
  }

  run(connection: Connection): void {
    if (this.#isFinished) {
      this.#pool?.release(connection, true);
      return;
    }
    this.#connection = connection;
    const { request, userAgent } = this.#options;
    connection.dispatch(
      {
        path: this.#path,
        method: "POST",
        headers: wireHeaders(request.headers, userAgent),
        body: request.body,
      },
      this,
    );
  }

  /** Ends the exchange, if it has not ended, and closes its socket. */
  fail(failure: Failure): void {
    this.#finish(this.#status === null ? failure : bodyFailure(failure), false);
  }

  /** The time is over: for all of it, or for the rest of the body. */
  expire(): void {
    this.fail(timeoutFailure(this.#stage(), this.#options.request.timeoutMs));
  }

  // — undici's calls, in the order in which they come —

  onRequestStart(): void {
    // undici tells its two kinds of handlers apart by this method.
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 103 Early Hints and the like: not the answer, and no reason to wait any longer.
    if (this.#isFinished || status < 200) return;
    this.#status = status;
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
    if (!this.#isFinished) this.fail(connectionFailure(error, this.#connection?.phase ?? "open"));
  }

  #stage(): ExchangeStage {
    if (this.#status !== null) return "body";
    if (this.#pool === null) return "lookup";
    return this.#connection === null ? "queue" : this.#connection.phase;
  }

  /** The status has decided: what the body may add is not worth a slot until the deadline. */
  #waitForBody(): void {
    const { request, nowMs, deadlines } = this.#options;
    const leftMs = this.#startedAtMs + request.timeoutMs - nowMs();
    if (leftMs <= limits.responseBodyWaitMs) return;
    this.#stopWaiting();
    this.#bodyWaitMs = limits.responseBodyWaitMs;
    deadlines.add(this, this.#bodyWaitMs);
  }

  #stopWaiting(): void {
    const { request, deadlines } = this.#options;
    deadlines.remove(this, this.#bodyWaitMs ?? request.timeoutMs);
  }

  #finish(error: Failure | null, isComplete: boolean): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#stopWaiting();
    const connection = this.#connection;
    const outcome: Exchange = {
      responseStatus: this.#status,
      responseHeaders: this.#headers,
      responseBody: this.#body === null ? "" : this.#body.text(),
      responseBodyCut: this.#status !== null && !isComplete,
      error,
      durationMs: this.#options.nowMs() - this.#startedAtMs,
      remoteAddress: connection === null ? null : connection.remoteAddress,
    };
    if (connection !== null) this.#pool?.release(connection, isComplete);
    else this.#pool?.leave(this);
    this.#options.onFinished(this, outcome);
  }
}

/**
 * Host is the URL's, whatever the request says: another one
 * would reach other services behind a receiver's shared front. `identity`, because a compressed
 * answer would be kept as the bytes it came in: nothing here decompresses, so that 50 kB cannot
 * become 50 MB.
 */
function wireHeaders(headers: RawHeaders, userAgent: string | undefined): string[] {
  const wire: string[] = [];
  let hasAcceptEncoding = false;
  let hasUserAgent = userAgent === undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    // Only names of the right length are worth a lower-case copy.
    if (name.length === 4 && name.toLowerCase() === "host") continue;
    wire.push(name, headers[index + 1] as string);
    if (name.length === 15 && name.toLowerCase() === "accept-encoding") hasAcceptEncoding = true;
    if (name.length === 10 && name.toLowerCase() === "user-agent") hasUserAgent = true;
  }
  if (!hasAcceptEncoding) wire.push("accept-encoding", "identity");
  if (!hasUserAgent && userAgent !== undefined) wire.push("user-agent", userAgent);
  return wire;
}

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
