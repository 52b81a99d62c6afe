/** Server-sent events (HTML Standard, 9.2) over one response. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Principal } from "../model/principal.ts";
import type { Clock } from "../pipeline/ports.ts";

export interface StreamAccess {
  readonly clock: Clock;
  readonly streamKeys: StreamKeys;
  /** Checks the request's credentials again. */
  authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  principalOf(request: FastifyRequest): Principal;
}

/** The open streams, by the org of their keys, so that they end when a key is deleted. */
export class StreamKeys {
  readonly #checks = new Map<() => void, string>();

  /**
   * @param check checks the stream's key again.
   * @returns a function to be called when the stream ends.
   */
  add(orgId: string, check: () => void): () => void {
    this.#checks.set(check, orgId);
    return () => this.#checks.delete(check);
  }

  /** Keys of these orgs were deleted; null if the orgs are not known. */
  deleted(orgIds: readonly string[] | null): void {
    for (const [check, orgId] of this.#checks) {
      if (orgIds === null || orgIds.includes(orgId)) check();
    }
  }
}

/**
 * Sends a comment regularly, and ends the stream after its maximum time or when the key is no
 * longer valid.
 */
export function boundStream(
  stream: EventStream,
  request: FastifyRequest,
  reply: FastifyReply,
  access: StreamAccess,
): void {
  const { clock } = access;
  const principal = access.principalOf(request);
  stream.onEnd(clock.after(lifeMs(principal, clock.now()), () => stream.end()));
  const check = (): void => {
    void isStillLetIn(request, reply, access).then((isStill) => {
      if (!isStill) stream.end();
    });
  };
  stream.onEnd(beat(stream, clock, check));
  if (principal.kind === "key") stream.onEnd(access.streamKeys.add(principal.orgId, check));
}

/**
 * How long a stream may last. The expiry of a token is known in advance. If a key is deleted
 * earlier, `StreamKeys` or the regular check detects that.
 */
function lifeMs(principal: Principal, nowMs: number): number {
  if (!("via" in principal) || principal.via !== "jwt") return limits.streamMs;
  return Math.max(0, Math.min(limits.streamMs, principal.expiresAtMs - nowMs));
}

/**
 * A key may be deleted, and a session may end. The stream must not continue for half an hour after
 * that.
 */
async function isStillLetIn(
  request: FastifyRequest,
  reply: FastifyReply,
  access: StreamAccess,
): Promise<boolean> {
  try {
    await access.authenticate(request, reply);
    return true;
  } catch (error) {
    // Other errors, e.g. that the database is unavailable, do not mean that the key is invalid.
    return !(error instanceof PosthornError && error.status === 401);
  }
}

/**
 * Sends a comment and checks the key again, at regular intervals.
 * @returns a function that stops this.
 */
function beat(stream: EventStream, clock: Clock, check: () => void): () => void {
  let cancel = (): void => {};
  const schedule = (): void => {
    cancel = clock.after(limits.streamBeatMs, () => {
      stream.write(": beat\n\n");
      schedule();
      check();
    });
  };
  schedule();
  return () => cancel();
}

type Raw = FastifyReply["raw"];

/** One stream, from the first byte to its end. */
export class EventStream {
  readonly #raw: Raw;
  readonly #onEnd: (() => void)[] = [];
  #isOver = false;

  /**
   * Must be called before anything is awaited. Otherwise the stream could miss the end of the
   * connection.
   */
  constructor(raw: Raw) {
    this.#raw = raw;
    raw.once("close", () => this.end());
    // The client may have disconnected while its key was checked.
    if (raw.req.socket.destroyed) this.end();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** `callback` is called once: when the stream ends, or immediately if it has already ended. */
  onEnd(callback: () => void): void {
    if (this.#isOver) callback();
    else this.#onEnd.push(callback);
  }

  /** @param hello the data of the first event, which is named `hello`. */
  begin(
    headers: ReturnType<FastifyReply["getHeaders"]>,
    hello: Readonly<Record<string, string>>,
  ): void {
    if (this.#isOver) return;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#raw.setHeader(name, value);
    }
    this.#raw.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      connection: "close",
      // Without this header, nginx would buffer the events.
      "x-accel-buffering": "no",
    });
    // Without this listener, Node would notice a disconnected client only at the next write.
    this.#raw.socket?.once("end", () => this.end());
    this.send("hello", JSON.stringify(hello));
  }

  /** @returns false if the client has not read the event yet. `onDrain` reports when it has. */
  send(event: "hello" | "deliveries" | "delivery", data: string): boolean {
    return this.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  /**
   * Calls `callback` once, when the client has read everything. Does not call it if the stream ends
   * before.
   */
  onDrain(callback: () => void): void {
    this.#raw.once("drain", callback);
  }

  write(text: string): boolean {
    // Drops events before `begin`. Clients read the tables after `hello`, which must be the first
    // event.
    if (this.#isOver || !this.#raw.headersSent) return true;
    if (this.#raw.writableLength <= limits.streamBufferBytesMax) return this.#raw.write(text);
    // Ends the stream of a client that does not read. Otherwise unread events would fill the
    // memory.
    this.end();
    return true;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const callback of this.#onEnd.splice(0)) callback();
    this.#raw.end();
    // Otherwise a slow or lost client would keep the connection open.
    if (this.#raw.writableLength > 0 || this.#raw.socket?.readableEnded !== false) {
      this.#raw.destroy();
    }
  }
}
