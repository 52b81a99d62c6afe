/**
 * One undici client. It has one socket in its life, handles one request at a time, and connects
 * only to checked addresses.
 */
import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import { limits } from "../limits.ts";
import { ResponseHeads } from "./response-heads.ts";
import { openSocket, type ConnectionPhase, type SocketTarget } from "./socket.ts";

/**
 * The kept socket turned out to be closed before the request was written. undici would open another
 * one, but the request's signature would then be as old as that takes.
 */
export const socketLost = new Error("The kept connection was closed before the request.");

/** The settings that all connections to one origin share. */
export interface ConnectionHost {
  /**
   * The addresses are read at each connect, so that a reconnect uses the current addresses of the
   * name.
   */
  readonly target: SocketTarget;
  readonly origin: string;
  readonly ca: string | undefined;
  readonly nowMs: () => number;
  /** The latest TLS session. Connections update it. */
  session: Buffer | undefined;
  /** Called when a connection's socket is closed. It then fails every request. */
  disconnected(connection: Connection): void;
}

/**
 * The times of the open socket, or of the latest one. A phase that the socket has not reached is 0.
 */
interface Opening {
  readonly startedAtMs: number;
  connectedAtMs: number;
  readyAtMs: number;
}

export class Connection {
  /** The holder that uses the connection; null while it is free. Only its pool changes it. */
  holder: string | null = null;
  phase: ConnectionPhase = "connecting";
  /** The address of the current or latest socket. */
  remoteAddress: string | null = null;
  opening: Opening = { startedAtMs: 0, connectedAtMs: 0, readyAtMs: 0 };
  readonly #host: ConnectionHost;
  readonly #client: Client;
  readonly #heads = new ResponseHeads();
  #socket: Socket | null = null;
  /** The open socket until undici takes it. */
  #fresh: Socket | null = null;

  constructor(host: ConnectionHost) {
    this.#host = host;
    this.#client = new Client(host.origin, {
      connect: (_options, callback) => {
        const fresh = this.#fresh;
        this.#fresh = null;
        // Not before this call returns, because undici would then not continue with the request.
        queueMicrotask(() => {
          if (fresh === null) callback(socketLost, null);
          else callback(null, fresh);
        });
      },
      pipelining: 1,
      // Both timeouts are off, because the attempt's own deadline limits everything, including slow
      // receivers.
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

  /** How many bytes the receiver has sent on the current or latest socket, after decryption. */
  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /**
   * Starts a request. undici reports everything to the handler. This method throws nothing and
   * sends nothing twice.
   */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /**
   * Called when the request has been written. Data that arrives from now on is its response, and
   * nothing should arrive earlier.
   */
  requestStarts(): void {
    this.#heads.expect();
  }

  /** Opens the socket. The first request can be written at once when this has succeeded. */
  open(onOpened: (error: Error | null) => void): void {
    this.#open((error, socket) => {
      this.#fresh = socket;
      onOpened(error);
    });
  }

  /** Closes the socket in any state, and resolves when it is closed. */
  async destroy(): Promise<void> {
    const socket = this.#socket;
    socket?.destroy();
    await this.#client.destroy();
    if (socket !== null && !socket.closed) {
      await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    }
  }

  #open(callback: (error: Error | null, socket: Socket | null) => void): void {
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
   * Normalises what undici reads from the socket. undici calls `read` until it returns null, so
   * this replaces `read`. A stream in between would cost a copy and a turn of the event loop for
   * each response.
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
