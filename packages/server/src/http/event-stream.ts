/** Server-sent events (HTML Standard, 9.2): one response, from its first byte to its end. */
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

/** Sends a comment regularly, and ends the stream after its time or when the key is not valid. */
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
 * A token's expiry is known in advance. A key may be deleted earlier. `StreamKeys` or the regular
 * check detects that.
 */
function lifeMs(principal: Principal, nowMs: number): number {
  if (!("via" in principal) || principal.via !== "jwt") return limits.streamMs;
  return Math.max(0, Math.min(limits.streamMs, principal.expiresAtMs - nowMs));
}

/** Keys are deleted and sessions end, and a stream must not outlive them by half an hour. */
async function isStillLetIn(
  request: FastifyRequest,
  reply: FastifyReply,
  access: StreamAccess,
): Promise<boolean> {
  try {
    await access.authenticate(request, reply);
    return true;
  } catch (error) {
    // Other errors, e.g. of an unavailable database, do not mean that the key is invalid.
    return !(error instanceof PosthornError && error.status === 401);
  }
}

/**
 * Sends a comment and rechecks the key regularly.
 * @returns a function that stops it.
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

  /** Must be called before anything is awaited, so that the end of the connection is noticed. */
  constructor(raw: Raw) {
    this.#raw = raw;
    raw.once("close", () => this.end());
    // The client may have left while its key was checked.
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

  /** @param hello the data of the first event, `hello`. */
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
      // Otherwise nginx would buffer the events.
      "x-accel-buffering": "no",
    });
    // Otherwise Node would notice only at the next write that the client has disconnected.
    this.#raw.socket?.once("end", () => this.end());
    this.send("hello", JSON.stringify(hello));
  }

  /** @returns false if the client has not read it yet. `onDrain` says when it has. */
  send(event: "hello" | "deliveries" | "delivery", data: string): boolean {
    return this.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  /** Calls `callback` once, when the client has read everything, unless the stream ends before. */
  onDrain(callback: () => void): void {
    this.#raw.once("drain", callback);
  }

  write(text: string): boolean {
    // Drop events before `begin`: clients read the tables after `hello`, which comes first.
    if (this.#isOver || !this.#raw.headersSent) return true;
    if (this.#raw.writableLength <= limits.streamBufferBytesMax) return this.#raw.write(text);
    // A client that does not read would fill the memory.
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
