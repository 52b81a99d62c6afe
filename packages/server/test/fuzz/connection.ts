/**
 * An HTTP/1.1 client that can send any bytes. Real clients refuse to send invalid requests, but a
 * server must survive them. The client keeps using one connection while the server keeps it open.
 */
import { connect, type Socket } from "node:net";

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
}

export interface RawAnswer {
  readonly status: number;
  /** Names are in lower case. A repeated header has its last value. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export class RawConnection {
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * Uses a new connection, and sends nothing after these bytes, so a server does not wait for the
   * rest of a request.
   */
  static async sendAlone(port: number, bytes: Uint8Array, withinMs: number) {
    const connection = new RawConnection(port);
    try {
      const socket = await connection.#open();
      const isHead = /^\s*HEAD /.test(Buffer.from(bytes).toString("latin1", 0, 20));
      const answer = exchange(socket, bytes, { withinMs, isHead });
      socket.end();
      return await answer;
    } finally {
      connection.close();
    }
  }

  /**
   * @returns null if the server closed the connection without a response.
   * @throws Error if no response arrives within `withinMs`.
   */
  async send(bytes: Uint8Array, withinMs: number, isHead = false): Promise<RawAnswer | null> {
    const isFresh = this.#socket === null || this.#socket.destroyed || !this.#socket.writable;
    const socket = isFresh ? await this.#open() : (this.#socket as Socket);
    const answer = await exchange(socket, bytes, { withinMs, isHead });
    // The server may have closed the idle connection just before this request arrived, so repeat
    // the request on a new one.
    if (answer === null && !isFresh) {
      this.close();
      return this.send(bytes, withinMs, isHead);
    }
    const isOver = answer === null || answer.headers.get("connection") === "close";
    if (isOver || isStream(answer)) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #open(): Promise<Socket> {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    // A connection reset counts as a normal end.
    socket.removeAllListeners("error").on("error", () => undefined);
    return socket;
  }
}

function isStream({ headers }: Pick<RawAnswer, "headers">): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}

function exchange(
  socket: Socket,
  bytes: Uint8Array,
  { withinMs, isHead }: { readonly withinMs: number; readonly isHead: boolean },
): Promise<RawAnswer | null> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (act: () => void): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("close", onClose).off("end", onClose);
      act();
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const answer = parseAnswer(received, isHead, false);
      if (answer !== null) end(() => resolve(answer));
    };
    const onClose = (): void => {
      end(() => resolve(received.length === 0 ? null : parseAnswer(received, isHead, true)));
    };
    const timer = setTimeout(() => {
      socket.destroy();
      end(() => reject(new Error(`There was no answer within ${withinMs} ms.`)));
    }, withinMs);
    socket.on("data", onData).on("close", onClose).on("end", onClose);
    socket.write(bytes);
  });
}

/** @returns null until the response is complete. */
function parseAnswer(received: Buffer, isHead: boolean, isAtEnd: boolean): RawAnswer | null {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const [statusLine = "", ...lines] = received.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  const rest = received.subarray(headEnd + 4);
  // This is the response to `Expect: 100-continue`. The final response follows.
  if (status < 200) return parseAnswer(rest, isHead, isAtEnd);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = bodyOf(rest, { status, headers, isHead, isAtEnd });
  return body === null ? null : { status, headers, body };
}

function bodyOf(
  rest: Buffer,
  facts: {
    readonly status: number;
    readonly headers: ReadonlyMap<string, string>;
    readonly isHead: boolean;
    readonly isAtEnd: boolean;
  },
): string | null {
  const { status, headers, isHead, isAtEnd } = facts;
  if (isHead || status === 204 || status === 304 || isStream({ headers })) return "";
  if (headers.get("transfer-encoding") === "chunked") return chunked(rest);
  const length = headers.get("content-length");
  if (length === undefined) return isAtEnd ? rest.toString() : null;
  return rest.length < Number(length) ? null : rest.toString("utf8", 0, Number(length));
}

function chunked(rest: Buffer): string | null {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const length = Number.parseInt(rest.toString("latin1", at, lineEnd), 16);
    const start = lineEnd + 2;
    if (rest.length < start + length + 2) return null;
    if (length === 0) return Buffer.concat(chunks).toString();
    chunks.push(rest.subarray(start, start + length));
    at = start + length + 2;
  }
}

/** Encodes a request. Header values are latin1, as in HTTP. */
export function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    "host: posthorn.test",
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === null ? [] : [`content-length: ${body.length}`]),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return body === null ? head : Buffer.concat([head, body]);
}
