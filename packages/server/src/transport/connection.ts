/** One undici client: one socket at a time, one request at a time, to checked addresses. */
import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import { limits } from "../limits.ts";
import { ResponseHeads } from "./response-heads.ts";
import { openSocket, type ConnectionPhase, type SocketTarget } from "./socket.ts";

/** What the connections to one origin share. */
export interface ConnectionHost {
  /** Read at every connect, so that a reconnect goes where the name leads by then. */
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
  /** Whose share it counts to while it is lent; null while it is not. Its pool's to write. */
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
      // Idle times only; the attempt's own deadline bounds everything, also what drips.
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

  /** The request is written now: what comes is its answer. Before, nothing should come. */
  requestStarts(): void {
    this.#heads.expect();
  }

  /** Closes the socket in whatever state it is. Resolves when it is closed. */
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
   * undici takes what a socket received by calling `read` until that gives null. A stream between
   * the two would cost every answer a copy and a turn of the event loop.
   */
  #readLeniently(socket: Socket): void {
    const read = socket.read.bind(socket) as () => Buffer | null;
    socket.read = (): Buffer | null => {
      for (let chunk = read(); chunk !== null; chunk = read()) {
        try {
          const answer = this.#heads.read(chunk);
          if (answer !== null) return answer;
        } catch (error) {
          socket.destroy(error instanceof Error ? error : new Error("The answer is refused."));
          return null;
        }
      }
      return null;
    };
  }
}
