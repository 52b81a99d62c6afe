/** Receivers that misbehave, and the expected outcome of an exchange with each. */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { limits } from "../../limits.ts";
import type { ExchangeErrorClass } from "../../pipeline/ports.ts";
import type { RequestBehaviour, SocketBehaviour } from "./receivers.ts";

export interface HostileReceiver {
  readonly name: string;
  /** What the receiver does with a new socket, or with each request. */
  readonly onSocket?: SocketBehaviour;
  readonly onRequest?: RequestBehaviour;
  readonly scheme?: "https";
  /** The length of the request's body. */
  readonly bodyChars?: number;
  readonly timeoutMs?: number;

  readonly status: number | null;
  readonly error: ExchangeErrorClass | null;
  readonly message?: RegExp;
  readonly body?: string;
  readonly isCut?: boolean;
}

/** The timeout of exchanges with receivers that would exceed any timeout. */
export const shortMs = 1_000;
const ok = "HTTP/1.1 200 OK\r\n";
const ok2 = `${ok}content-length: 2\r\n\r\nok`;

function every(ms: number, socket: Socket, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), ms);
  socket.on("close", () => clearInterval(timer));
}

function says(...parts: readonly (string | Buffer)[]): RequestBehaviour {
  return (socket) => void socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
}

/** Sends these parts, then closes the connection. */
function ends(...parts: readonly (string | Buffer)[]): RequestBehaviour {
  return (socket) => void socket.end(Buffer.concat(parts.map((part) => Buffer.from(part))));
}

/** Receivers that delay an exchange as long as they can. */
export const slowReceivers: readonly HostileReceiver[] = [
  {
    name: "accepts and never answers",
    onSocket: (socket) => socket.resume(),
    status: null,
    error: "timeout",
    message: /did not respond within 1 s/,
  },
  {
    name: "reads the request and never answers",
    onRequest: () => {},
    status: null,
    error: "timeout",
  },
  {
    name: "stalls in the TLS handshake",
    onSocket: (socket) => socket.resume(),
    scheme: "https",
    status: null,
    error: "timeout",
    message: /TLS handshake did not finish within/,
  },
  {
    name: "drips header bytes",
    onRequest: (socket) => {
      socket.write(`${ok}x-slow: `);
      every(20, socket, "a");
    },
    status: null,
    error: "timeout",
  },
  {
    name: "sends 103 Early Hints without end",
    onRequest: (socket) => every(20, socket, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
    status: null,
    error: "timeout",
  },
  {
    name: "never reads a large request",
    // The receiver must read in the end, because otherwise it would never notice that the
    // connection is closed.
    onSocket: (socket) => void setTimeout(() => socket.resume(), 4 * shortMs),
    bodyChars: 8_000_000,
    status: null,
    error: "timeout",
  },
  {
    name: "answers 200 and drips the body",
    onRequest: (socket) => {
      socket.write(`${ok}content-length: 100000\r\n\r\n`);
      every(20, socket, "a");
    },
    status: 200,
    error: "timeout",
    message: /did not finish its response/,
    isCut: true,
  },
  {
    name: "answers 500 and drips chunks",
    onRequest: (socket) => {
      socket.write("HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n");
      every(20, socket, "1\r\na\r\n");
    },
    status: 500,
    error: "timeout",
    isCut: true,
  },
  {
    name: "answers 200 and never begins the body",
    onRequest: says(`${ok}content-length: 5\r\n\r\n`),
    status: 200,
    error: "timeout",
    body: "",
    isCut: true,
  },
  {
    name: "answers 200 and drips the body, with a long deadline",
    onRequest: (socket) => {
      socket.write(`${ok}content-length: 100000\r\n\r\n`);
      every(20, socket, "a");
    },
    timeoutMs: 8_000,
    status: 200,
    error: "timeout",
    isCut: true,
  },
];

export const early: readonly HostileReceiver[] = [
  {
    name: "answers 200 before the upload ends, and closes",
    onSocket: (socket) => socket.once("data", () => socket.end(ok2)),
    bodyChars: 200_000,
    status: 200,
    error: null,
  },
  {
    name: "answers before the request arrives",
    onSocket: (socket) => socket.resume().write(ok2),
    status: 200,
    error: null,
    body: "ok",
  },
  {
    name: "closes at once",
    onSocket: (socket) => socket.destroy(),
    status: null,
    error: "closed",
    message: /closed the connection before it responded/,
  },
  {
    name: "closes after the request",
    onRequest: (socket) => socket.end(),
    status: null,
    error: "closed",
  },
  {
    name: "resets the connection after the request",
    onRequest: (socket) => void socket.resetAndDestroy(),
    status: null,
    error: "closed",
  },
  {
    name: "closes within the headers",
    onRequest: ends(`${ok}content-le`),
    status: null,
    error: "closed",
  },
];

export const brokenBodies: readonly HostileReceiver[] = [
  {
    name: "closes before content-length is reached",
    onRequest: ends(`${ok}content-length: 10\r\n\r\nabc`),
    status: 200,
    error: "closed",
    message: /before its response was complete/,
    body: "abc",
    isCut: true,
  },
  {
    name: "resets the connection within the body",
    onRequest: (socket) => {
      socket.write(`${ok}content-length: 10\r\n\r\nabc`);
      setTimeout(() => socket.resetAndDestroy(), 20);
    },
    status: 200,
    error: "closed",
    body: "abc",
    isCut: true,
  },
  {
    name: "sends a broken chunk",
    onRequest: says(`${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nZZ\r\n`),
    status: 200,
    error: "protocol",
    body: "abc",
    isCut: true,
  },
  {
    name: "ends the body by closing",
    onRequest: ends(`${ok}connection: close\r\n\r\nabc`),
    status: 200,
    error: null,
    body: "abc",
  },
  {
    name: "sends a chunk extension of 1 MB",
    onRequest: says(
      `${ok}transfer-encoding: chunked\r\n\r\n3;x=${"a".repeat(1_000_000)}\r\nabc\r\n0\r\n\r\n`,
    ),
    status: 200,
    error: null,
    body: "abc",
  },
  {
    name: "answers 204 with a body",
    onRequest: says("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello"),
    status: 204,
    error: "protocol",
    isCut: true,
  },
  {
    name: "sends a body without end",
    onRequest: (socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
      const chunk = `4000\r\n${"a".repeat(0x4000)}\r\n`;
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on("drain", more);
      more();
    },
    status: 200,
    error: null,
    body: "a".repeat(limits.responseBodyKeptBytes),
    isCut: true,
  },
  {
    name: "sends a body of exactly what is kept",
    onRequest: says(
      `${ok}content-length: ${limits.responseBodyKeptBytes}\r\n\r\n`,
      "b".repeat(limits.responseBodyKeptBytes),
    ),
    status: 200,
    error: null,
    body: "b".repeat(limits.responseBodyKeptBytes),
    isCut: false,
  },
  {
    name: "sends one byte more than is kept",
    onRequest: says(
      `${ok}content-length: ${limits.responseBodyKeptBytes + 1}\r\n\r\n`,
      "b".repeat(limits.responseBodyKeptBytes + 1),
    ),
    status: 200,
    error: null,
    body: "b".repeat(limits.responseBodyKeptBytes),
    isCut: true,
  },
];

const oddBytes = Buffer.from([0x61, 0x00, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x62]);
const zipped = gzipSync("a".repeat(1_000_000));

export const oddContents: readonly HostileReceiver[] = [
  {
    name: "sends NUL, bad UTF-8 and half a surrogate pair",
    onRequest: says(`${ok}content-length: ${oddBytes.length}\r\n\r\n`, oddBytes),
    status: 200,
    error: null,
    body: "a\uFFFD\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFDb",
  },
  {
    name: "sends gzip that nobody asked for",
    onRequest: says(
      `${ok}content-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n`,
      zipped,
    ),
    status: 200,
    error: null,
    isCut: false,
  },
  {
    name: "answers 304",
    onRequest: says("HTTP/1.1 304 Not Modified\r\n\r\n"),
    status: 304,
    error: null,
  },
  {
    name: "answers with status 600",
    onRequest: says("HTTP/1.1 600 Odd\r\ncontent-length: 0\r\n\r\n"),
    status: null,
    error: "protocol",
    message: /invalid status 600/,
  },
  {
    name: "sends 300 headers",
    onRequest: says(ok, "x-h: 1\r\n".repeat(300), "content-length: 0\r\n\r\n"),
    status: 200,
    error: null,
  },
  {
    name: "sends Latin-1 in a header",
    onRequest: says(ok, Buffer.from("x-name: Jos\xe9\r\n", "latin1"), "content-length: 0\r\n\r\n"),
    status: 200,
    error: null,
  },
  {
    name: "sends one 103 first",
    onRequest: says("HTTP/1.1 103 Early Hints\r\n\r\n", ok2),
    status: 200,
    error: null,
    body: "ok",
  },
];

export const notHttp: readonly HostileReceiver[] = [
  ["an SSH banner", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["NUL in a header", `${ok}x: a\0b\r\n\r\n`],
  ["status 99", "HTTP/1.1 99 Odd\r\n\r\n"],
  ["content-length and chunked", `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok`],
  ["two content-lengths", `${ok}content-length: 2\r\ncontent-length: 3\r\n\r\nok`],
  ["101 Switching Protocols", "HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"],
  ["headers of more than 16 KiB", `${ok}x: ${"a".repeat(17_000)}\r\n\r\n`],
].map(([name = "", answer = ""]) => ({
  name: `answers with ${name}`,
  onRequest: says(answer),
  status: null,
  error: "protocol",
}));
