/**
 * Forms of responses over raw sockets: which are accepted and which rejected, with the section of
 * RFC 9110 or 9112 that says so. Each response is sent in one packet, and then byte by byte.
 */
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Exchange } from "../pipeline/ports.ts";
import { receiveRequests } from "./testing/receivers.ts";
import { createTransport } from "./transport.ts";
import { readyRequest } from "./testing/ready-request.ts";

interface Form {
  readonly name: string;
  readonly rule: string;
  readonly answer: string;
  /** True if the receiver closes the connection after the response. */
  readonly ends?: boolean;
  /** The value of the header `a`, if the response has one. */
  readonly a?: string;
  /** The expected body. Default: "ok". */
  readonly body?: string;
  readonly status?: number;
}

const ok = "HTTP/1.1 200 OK\r\n";
const rest = "content-length: 2\r\n\r\nok";
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;

const accepted: readonly Form[] = [
  {
    name: "100 Continue unasked",
    rule: "9110, 15.2",
    answer: `HTTP/1.1 100 C\r\n\r\n${ok}${rest}`,
  },
  {
    name: "several interim answers in a row",
    rule: "9110, 15.2",
    answer: `HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\n\nHTTP/1.1 102 P\r\nx: y\r\n\r\nHTTP/1.1 103 E\r\nlink: x\r\n\r\nHTTP/1.1 199 ?\r\n\r\n${ok}${rest}`,
  },
  {
    name: "bare LF everywhere",
    rule: "9112, 2.2",
    answer: `${ok}a: b\n${rest}`.replaceAll("\r", ""),
    a: "b",
  },
  { name: "LF after the status line", rule: "9112, 2.2", answer: `HTTP/1.1 200 OK\n${rest}` },
  { name: "LF after a field", rule: "9112, 2.2", answer: `${ok}a: b\n${rest}`, a: "b" },
  { name: "LF for the empty line", rule: "9112, 2.2", answer: `${ok}content-length: 2\r\n\nok` },
  {
    name: "a folded field",
    rule: "9112, 5.2",
    answer: `${ok}a: b\r\n  c\r\n\td\r\n${rest}`,
    a: "b c d",
  },
  {
    name: "a folded field with LF",
    rule: "9112, 5.2",
    answer: `HTTP/1.1 200 OK\na: b\n c\n${rest}`,
    a: "b c",
  },
  {
    name: "a fold in the last field",
    rule: "9112, 5.2",
    answer: `${ok}content-length: 2\r\na: b\r\n c\r\n\r\nok`,
    a: "b c",
  },
  { name: "space before a colon", rule: "9112, 5.1", answer: `${ok}a \t: b\r\n${rest}`, a: "b" },
  {
    name: "space around a value",
    rule: "9112, 5.1",
    answer: `${ok}a:  b \t\r\ncontent-length: 2 \r\n\r\nok`,
    a: "b",
  },
  { name: "an empty value", rule: "9110, 5.5", answer: `${ok}a:\r\n${rest}`, a: "" },
  {
    name: "obs-text in a value",
    rule: "9110, 5.5",
    answer: `${ok}a: \xe9\xff\r\n${rest}`,
    a: "éÿ",
  },
  { name: "obs-text in the reason", rule: "9112, 4", answer: `HTTP/1.1 200 D\xe9\r\n${rest}` },
  { name: "no reason phrase", rule: "9112, 4", answer: `HTTP/1.1 200 \r\n${rest}` },
  { name: "no reason phrase, no space", rule: "9112, 4", answer: `HTTP/1.1 200\r\n${rest}` },
  { name: "no field", rule: "9112, 6.3", answer: "HTTP/1.1 200 OK\n\nok", ends: true },
  { name: "a later minor version", rule: "9110, 2.5", answer: `HTTP/1.2 200 OK\r\n${rest}` },
  { name: "HTTP/1.0 with a length", rule: "9110, 2.5", answer: `HTTP/1.0 200 OK\r\n${rest}` },
  {
    name: "HTTP/1.0 until close",
    rule: "9112, 6.3",
    answer: "HTTP/1.0 200 OK\r\n\r\nok",
    ends: true,
  },
  {
    name: "until close",
    rule: "9112, 6.3",
    answer: `${ok}connection: close\r\n\r\nok`,
    ends: true,
  },
  { name: "one length twice", rule: "9112, 6.3", answer: `${ok}Content-Length: 2\r\n${rest}` },
  {
    name: "one length as a list",
    rule: "9112, 6.3",
    answer: `${ok}content-length: 2, 2\r\n\r\nok`,
  },
  { name: "empty lines first", rule: "9112, 2.2", answer: `\r\n\r\n${ok}${rest}` },
  {
    name: "chunks with extensions",
    rule: "9112, 7.1.1",
    answer: `${chunked}2;a=b;c="d"\r\nok\r\n0\r\n\r\n`,
  },
  {
    name: "chunks with trailers",
    rule: "9112, 7.1.2",
    answer: `${chunked}2\r\nok\r\n0\r\nx: y\r\n\r\n`,
  },
  {
    name: "Chunked in capitals",
    rule: "9112, 7",
    answer: `${ok}Transfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  },
  {
    name: "a status nobody knows",
    rule: "9110, 15",
    answer: `HTTP/1.1 299 ?\r\n${rest}`,
    status: 299,
  },
  {
    name: "HTTP/2.0 in its status line",
    rule: "has no word on it",
    answer: `HTTP/2.0 200 OK\r\n${rest}`,
  },
  { name: "more than its length says", rule: "9112, 6.3", answer: `${ok}${rest}MORE` },
];

/** The status has arrived and decides the outcome, but the connection is closed. */
const bodyRefused: readonly Form[] = [
  {
    name: "chunk lines that end with LF",
    rule: "9112, 7.1",
    answer: `${chunked}2\nok\n0\n\n`,
    body: "",
  },
  {
    name: "less than its length says",
    rule: "9112, 8",
    answer: `${ok}connection: close\r\ncontent-length: 20\r\n\r\nok`,
    ends: true,
  },
];

const refused: readonly Form[] = [
  {
    name: "two lengths that differ",
    rule: "9112, 6.3",
    answer: `${ok}content-length: 3\r\n${rest}`,
  },
  {
    name: "a list of lengths that differ",
    rule: "9112, 6.3",
    answer: `${ok}content-length: 2, 3\r\n\r\nok`,
  },
  {
    name: "lengths that differ, with LF",
    rule: "9112, 6.3",
    answer: `${ok}content-length: 3\n${rest}`,
  },
  {
    name: "lengths that differ in spelling",
    rule: "9112, 6.3",
    answer: `${ok}content-length: 02\r\n${rest}`,
  },
  {
    name: "a length and chunks",
    rule: "9112, 6.3",
    answer: `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  },
  {
    name: "a length that is no number",
    rule: "9112, 6.3",
    answer: `${ok}content-length: +2\r\n\r\nok`,
  },
  { name: "a negative length", rule: "9112, 6.3", answer: `${ok}content-length: -2\r\n\r\nok` },
  { name: "NUL in a value", rule: "9110, 5.5", answer: `${ok}a: b\0c\r\n${rest}` },
  { name: "NUL in a value, with LF", rule: "9110, 5.5", answer: `${ok}a: b\0c\n${rest}` },
  {
    name: "NUL in an interim answer",
    rule: "9110, 5.5",
    answer: `HTTP/1.1 103 E\r\na: \0\r\n\r\n${ok}${rest}`,
  },
  { name: "NUL in a name", rule: "9110, 5.1", answer: `${ok}a\0: b\r\n${rest}` },
  { name: "a bare CR in a value", rule: "9112, 2.2", answer: `${ok}a: b\rc\r\n${rest}` },
  { name: "a bare CR, with LF", rule: "9112, 2.2", answer: `${ok}a: b\rc\n${rest}` },
  {
    name: "CR CR LF",
    rule: "9112, 2.2",
    answer: "HTTP/1.1 200 OK\r\r\ncontent-length: 2\r\r\n\r\r\nok",
  },
  { name: "a name with a space in it", rule: "9112, 5.1", answer: `${ok}x y: b\r\n${rest}` },
  { name: "a field without a name", rule: "9112, 5", answer: `${ok}: b\r\n${rest}` },
  { name: "a field without a colon", rule: "9112, 5", answer: `${ok}foo\r\n${rest}` },
  { name: "space before the first field", rule: "9112, 2.2", answer: `${ok} a: b\r\n${rest}` },
  { name: "the version in small letters", rule: "9112, 2.3", answer: `http/1.1 200 OK\r\n${rest}` },
  {
    name: "a switch of protocols nobody asked for",
    rule: "9110, 15.2.2",
    answer: "HTTP/1.1 101 S\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
  },
  {
    name: "a 101 without Upgrade",
    rule: "9110, 15.2.2",
    answer: `HTTP/1.1 101 S\r\n\r\n${ok}${rest}`,
  },
  { name: "a status of two digits", rule: "9112, 4", answer: `HTTP/1.1 99 X\r\n${rest}` },
  { name: "a status of four digits", rule: "9112, 4", answer: `HTTP/1.1 2000 X\r\n${rest}` },
  { name: "no version", rule: "9112, 2.3", answer: "ok" },
  { name: "another protocol", rule: "9112, 2.3", answer: "ICY 200 OK\r\n\r\nok" },
  {
    name: "a head that is too large",
    rule: "9110, 5.4",
    answer: `${ok}a: ${"x".repeat(limits.responseHeadersBytesMax)}\r\n${rest}`,
  },
  {
    name: "a head that is too large, with LF",
    rule: "9110, 5.4",
    answer: `HTTP/1.1 200 OK\na: ${"x".repeat(limits.responseHeadersBytesMax)}\n${rest}`,
  },
  {
    name: "a head without end",
    rule: "9110, 5.4",
    answer: `${ok}${"a: b\n".repeat(limits.responseHeadersBytesMax)}`,
  },
];

async function byteByByte(socket: Socket, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed) return;
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function exchangeWith({ answer, ends }: Form, isSplit: boolean): Promise<Exchange> {
  const bytes = Buffer.from(answer, "latin1");
  const receiver = await receiveRequests((socket) => {
    const sent = isSplit ? byteByByte(socket, bytes) : Promise.resolve(void socket.write(bytes));
    void sent.then(() => (ends === true ? socket.end() : undefined));
  });
  const transport = createTransport({ allowCidrs: ["127.0.0.1"] });
  const request = readyRequest({ url: receiver.url, headers: [], body: "{}", timeoutMs: 8_000 });
  try {
    return await transport.send(request);
  } finally {
    await transport.close();
    await receiver.close();
  }
}

/**
 * Only the first bytes are sent one by one, because thousands of packets test nothing more than
 * hundreds.
 */
const splitBytesMax = 400;

/** Sends the response in one packet, and then byte by byte. */
async function bothWays(form: Form): Promise<readonly Exchange[]> {
  const whole = await exchangeWith(form, false);
  return form.answer.length > splitBytesMax ? [whole] : [whole, await exchangeWith(form, true)];
}

describe("a response is accepted with", () => {
  test.each(accepted)("$name (RFC $rule)", async (form) => {
    const { status = 200, body = "ok", a } = form;
    for (const exchange of await bothWays(form)) {
      expect(exchange).toMatchObject({ responseStatus: status, responseBody: body, error: null });
      expect(exchange.responseHeaders["a"]).toBe(a);
      expect(exchange.responseBodyCut).toBe(false);
    }
  });
});

describe("the status counts, whatever the body, with", () => {
  test.each(bodyRefused)("$name (RFC $rule)", async (form) => {
    for (const exchange of await bothWays(form)) {
      expect(exchange).toMatchObject({ responseStatus: 200, responseBody: form.body ?? "ok" });
      expect(exchange.responseBodyCut).toBe(true);
    }
  });
});

describe("a response is rejected with", () => {
  test.each(refused)("$name (RFC $rule)", async (form) => {
    for (const exchange of await bothWays(form)) {
      expect(exchange).toMatchObject({ responseStatus: null, error: { class: "protocol" } });
      expect(exchange.durationMs).toBeLessThan(4_000);
    }
  });
});

describe("on a kept connection", () => {
  test("a tolerated response is followed by others", async () => {
    const answers = accepted.filter(
      ({ ends, name }) => ends !== true && !/1.0|more than/.test(name),
    );
    const receiver = await receiveRequests((socket, number) => {
      socket.write(Buffer.from(answers[number - 1]?.answer ?? "", "latin1"));
    });
    const transport = createTransport({ allowCidrs: ["127.0.0.1"] });
    const request = readyRequest({ url: receiver.url, headers: [], body: "{}", timeoutMs: 8_000 });
    for (const { status = 200, name } of answers) {
      const exchange = await transport.send(request);
      expect(exchange, name).toMatchObject({ responseStatus: status, responseBody: "ok" });
    }
    expect(receiver.accepted).toBe(1);
    await transport.close();
    await receiver.close();
  });

  test.each([
    ["a part of a head", "HTTP/1.1 200 OK\na: forged\n"],
    ["an interim answer", "HTTP/1.1 100 Continue\n\n"],
    ["a whole answer", "HTTP/1.1 418 Forged\ncontent-length: 0\n\n"],
  ])("%s that arrived before the request is not part of its response", async (_name, forged) => {
    let written = (): void => undefined;
    const isWritten = new Promise<void>((resolve) => {
      written = resolve;
    });
    const receiver = await receiveRequests((socket, number) => {
      socket.write(`${ok}${rest}`);
      if (number === 1) setTimeout(() => socket.write(forged, () => written()), 20);
    });
    const transport = createTransport({ allowCidrs: ["127.0.0.1"] });
    const request = readyRequest({ url: receiver.url, headers: [], body: "{}", timeoutMs: 8_000 });
    await transport.send(request);
    await isWritten;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const exchange = await transport.send(request);
    expect(exchange).toMatchObject({ responseStatus: 200, responseBody: "ok" });
    expect(exchange.responseHeaders).toEqual({ "content-length": "2" });
    expect(receiver.accepted).toBe(2);
    await transport.close();
    await receiver.close();
  });
});
