/** Receivers that misbehave. Each is a separate server on raw sockets. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

interface Behaviour {
  readonly name: string;
  readonly scheme?: "https";
  /** Handles a new connection. */
  readonly onSocket?: (socket: Socket) => void;
  /** Handles the first bytes of a request, and each further chunk. */
  readonly onBytes?: (socket: Socket, count: number) => void;
}

export interface HostileReceiver {
  readonly name: string;
  readonly url: string;
  close(): Promise<void>;
}

const ok = "HTTP/1.1 200 OK\r\n";
const okEmpty = `${ok}content-length: 0\r\n\r\n`;
const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
const mebibyte = Buffer.alloc(1024 * 1024, "x");
const dripMs = 100;

function every(socket: Socket, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), dripMs);
  socket.on("close", () => clearInterval(timer));
}

function drips(name: string, head: string, bytes: string): Behaviour {
  return {
    name,
    onBytes(socket, count) {
      if (count > 1) return;
      socket.write(head);
      every(socket, bytes);
    },
  };
}

function says(name: string, ...parts: readonly (string | Buffer)[]): Behaviour {
  return {
    name,
    onBytes: (socket) => void socket.end(Buffer.concat(parts.map((part) => Buffer.from(part)))),
  };
}

function floods(socket: Socket): void {
  const size = mebibyte.length.toString(16);
  while (!socket.destroyed && socket.write(`${size}\r\n`) && socket.write(mebibyte)) {
    if (!socket.write("\r\n")) break;
  }
  socket.once("drain", () => floods(socket));
}

const behaviours: readonly Behaviour[] = [
  { name: "never answers", onBytes: () => {} },
  { name: "never reads", onSocket: (socket) => void socket.pause() },
  { name: "stalls in the TLS handshake", scheme: "https", onBytes: () => {} },
  drips("drips its headers", `${ok}x-slow: `, "a"),
  drips("sends 103 without end", "", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
  drips("sends 100 without end", "", "HTTP/1.1 100 Continue\r\n\r\n"),
  drips("drips its body", `${ok}content-length: 100000\r\n\r\n`, "a"),
  drips("drips chunks after a 500", "HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n", "0"),
  drips("never begins its body", `${ok}content-length: 100\r\n\r\n`, ""),
  {
    name: "sends a body without end",
    onBytes(socket, count) {
      if (count > 1) return;
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
      floods(socket);
    },
  },
  { name: "closes when it is connected to", onSocket: (socket) => void socket.destroy() },
  { name: "resets after the request", onBytes: (socket) => void socket.resetAndDestroy() },
  says("is no web server", "SSH-2.0-OpenSSH_9.6\r\n"),
  says("breaks its body off", `${ok}content-length: 100\r\n\r\nabc`),
  says("has two lengths", `${ok}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc`),
  says("switches protocols", "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  says("has 64 kB of headers", `${ok}x-long: ${"a".repeat(65_536)}\r\n\r\n`),
  says(
    "sends a bomb",
    `${ok}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`,
    bomb,
  ),
  says("redirects to itself", "HTTP/1.1 307 There\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
  says("has a status of its own", "HTTP/1.1 600 What\r\ncontent-length: 0\r\n\r\n"),
  says("sends what is no text", `${ok}content-length: 4\r\n\r\n`, Buffer.from([0, 0xff, 0xfe, 0])),
  says("answers twice", okEmpty, okEmpty),
  {
    name: "resets the second request of a connection",
    onBytes: (socket, count) =>
      void (count === 1 ? socket.write(okEmpty) : socket.resetAndDestroy()),
  },
];

export async function startHostileReceivers(): Promise<readonly HostileReceiver[]> {
  return Promise.all(behaviours.map((behaviour) => start(behaviour)));
}

async function start({ name, scheme, onSocket, onBytes }: Behaviour): Promise<HostileReceiver> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let count = 0;
    if (onBytes !== undefined) socket.on("data", () => onBytes(socket, (count += 1)));
    onSocket?.(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    url: `${scheme ?? "http"}://127.0.0.1:${port}/hostile`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
