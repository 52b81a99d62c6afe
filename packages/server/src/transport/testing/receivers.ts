/**
 * Receivers on loopback that send exactly the bytes that a test defines, and count connections and
 * requests.
 */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

export interface ReceivedRequest {
  /** The request line and the headers, as received. */
  readonly head: string;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  /** The receiver's http or https URL with a path. */
  readonly url: string;
  /** The number of sockets accepted so far. */
  readonly accepted: number;
  /** The number of sockets that are open now. */
  readonly open: number;
  readonly requests: readonly ReceivedRequest[];
  close(): Promise<void>;
}

/** Called for each socket. `requests` contains the requests of all sockets of the receiver. */
export type SocketBehaviour = (socket: Socket) => void;

/**
 * Called for each complete request of a socket. `number` counts the requests of all sockets, from
 * 1.
 */
export type RequestBehaviour = (socket: Socket, number: number, request: ReceivedRequest) => void;

/**
 * Starts a receiver that calls `onSocket` with each socket. Nothing is read unless `onSocket`
 * reads.
 */
export function receive(onSocket: SocketBehaviour, tls?: TlsOptions): Promise<Receiver> {
  return start([], onSocket, tls === undefined ? {} : { tls });
}

/** Starts a receiver that reads requests, and calls `onRequest` with each. */
export function receiveRequests(onRequest: RequestBehaviour, tls?: TlsOptions): Promise<Receiver> {
  return startRequests(onRequest, tls === undefined ? {} : { tls });
}

interface Place {
  readonly address?: string;
  /** The port to listen on. Default: a free port. */
  readonly port?: number;
  readonly tls?: TlsOptions;
}

function startRequests(onRequest: RequestBehaviour, place: Place): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const onSocket = (socket: Socket): void => {
    let received = "";
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString("latin1");
      for (;;) {
        const end = completeRequestEnd(received);
        if (end === null) return;
        const [head = "", ...body] = received.slice(0, end).split("\r\n\r\n");
        const request = { head, body: body.join("\r\n\r\n") };
        received = received.slice(end);
        requests.push(request);
        onRequest(socket, requests.length, request);
      }
    });
  };
  return start(requests, onSocket, place);
}

/** Starts a well-behaved receiver that responds to each request with these bytes. */
export function receiveAndAnswer(answer: string | Buffer, tls?: TlsOptions): Promise<Receiver> {
  return receiveRequests((socket) => socket.write(answer), tls);
}

export const okAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/**
 * Starts a well-behaved receiver at another loopback address, on a given port. The receiver stands
 * for the new address of a name that changes.
 */
export function receiveAt(address: string, port: number): Promise<Receiver> {
  return startRequests((socket) => socket.write(okAnswer), { address, port });
}

/** A loopback port on which nobody listens. */
export async function freePort(): Promise<number> {
  const receiver = await receive(() => {});
  await receiver.close();
  return receiver.port;
}

/** Resolves when the condition is true. Rejects after a long timeout. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const untilMs = performance.now() + 8_000;
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error(`It never came true that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function completeRequestEnd(received: string): number | null {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const length = /^content-length: *(\d+)/im.exec(received.slice(0, headEnd))?.[1] ?? "0";
  const end = headEnd + 4 + Number(length);
  return received.length < end ? null : end;
}

async function start(
  requests: readonly ReceivedRequest[],
  onSocket: SocketBehaviour,
  { address = "127.0.0.1", port: wantedPort = 0, tls }: Place,
): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  // Ignores this error, because handshakes fail in some tests. A client that disconnects must not
  // end the process.
  server.on("tlsClientError", () => {});
  server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(wantedPort, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${tls === undefined ? "http" : "https"}://${address}:${port}/hooks`,
    requests,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
