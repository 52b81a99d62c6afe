/** One undici client: one socket and one request at a time, to checked addresses. */
import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import { limits } from "../limits.ts";
import { ResponseHeads } from "./response-heads.ts";
import { openSocket, type ConnectionPhase, type SocketTarget } from "./socket.ts";

/** What the connections to one origin share. */
export interface ConnectionHost {
  /** Read at every connect, so that a reconnect uses the name's current addresses. */
  readonly target: SocketTarget;
  readonly origin: string;
  readonly ca: string | undefined;
  readonly nowMs: () => number;
  /** The latest TLS session, kept by the connections. */
  session: Buffer | undefined;
  /** The socket of a connection is gone; the connection would open another for a request. */
  disconnected(connection: Connection): void;
}

/** When the open socket, or the latest one, came to be; 0 for what has not come yet. */
interface Opening {
  readonly startedAtMs: number;
  connectedAtMs: number;
  readyAtMs: number;
}

export class Connection {
  /** The holder that it is lent to; null while it is free. Only its pool writes it. */
  holder: string | null = null;
  phase: ConnectionPhase = "connecting";
  /** Of the open socket, or of the latest one. */
  remoteAddress: string | null = null;
  opening: Opening = { startedAtMs: 0, connectedAtMs: 0, readyAtMs: 0 };
  readonly #host: ConnectionHost;
  readonly #client: Client;
  readonly #heads = new ResponseHeads();
  #socket: Socket | null = null;

  constructor(host: ConnectionHost) {
    this.#host = host;
    this.#client = new Client(host.origin, {
      connect: (_options, callback) => this.#open(callback),
      pipelining: 1,
      // Idle timeouts only; the attempt's own deadline bounds everything, including slow receivers.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: limits.responseHeadersBytesMax,
      keepAliveTimeout: limits.socketIdleMs,
      keepAliveMaxTimeout: limits.socketIdleMs,
    });
    this.#client.on("disconnect", () => {
      this.phase = "connecting";
      host.disconnected(this);
    });
  }

  get isOpen(): boolean {
    return this.phase === "open";
  }

  /** Bytes that the receiver sent on the open socket, or on the latest one; with TLS, decrypted. */
  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /** undici reports everything to the handler; nothing is thrown, nothing is sent twice. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /** The request has been written: incoming data is its response. Nothing should arrive before. */
  requestStarts(): void {
    this.#heads.expect();
  }

  /** Closes the socket in any state. Resolves when it is closed. */
  async destroy(): Promise<void> {
    const socket = this.#socket;
    socket?.destroy();
    await this.#client.destroy();
    if (socket !== null && !socket.closed) {
      await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    }
  }

  #open(callback: (...args: [null, Socket] | [Error, null]) => void): void {
    const host = this.#host;
    this.phase = "connecting";
    this.remoteAddress = null;
    const opening: Opening = { startedAtMs: host.nowMs(), connectedAtMs: 0, readyAtMs: 0 };
    this.opening = opening;
    const socket = openSocket({
      target: host.target,
      ca: host.ca,
      session: host.session,
      onSession: (session) => (host.session = session),
      onConnected: (remoteAddress) => {
        this.remoteAddress = remoteAddress;
        opening.connectedAtMs = host.nowMs();
        if (host.target.secure) this.phase = "securing";
      },
      onReady: (error) => {
        if (error !== null) return callback(error, null);
        this.phase = "open";
        opening.readyAtMs = host.nowMs();
        this.#readLeniently(socket);
        callback(null, socket);
      },
    });
    this.#socket = socket;
  }

  /**
   * undici reads a socket by calling `read` until it returns null. A stream in between would cost
   * every response a copy and a turn of the event loop.
   */
  #readLeniently(socket: Socket): void {
    const read = socket.read.bind(socket) as () => Buffer | null;
    socket.read = (): Buffer | null => {
      for (let chunk = read(); chunk !== null; chunk = read()) {
        try {
          const answer = this.#heads.read(chunk);
          if (answer !== null) return answer;
        } catch (error) {
          socket.destroy(error instanceof Error ? error : new Error("The response is rejected."));
          return null;
        }
      }
      return null;
    };
  }
}
