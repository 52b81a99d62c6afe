/** A receiver of webhooks, as a customer runs one: a real HTTP server on a free port. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * How far the clocks that a test compares may differ: the test's own, the service's estimate of the
 * database's, and PostgreSQL's. On one machine, a clock that is being adjusted and a slow
 * measurement made them differ by more than 20 ms.
 */
export const clockToleranceMs = 250;

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

/**
 * Sends a response. Its arguments include the number of the request, counted from 1, and the
 * request.
 */
export type Answer = (response: ServerResponse, number: number, received: Received) => void;

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Sets the function that answers the following requests. */
  answerWith(answer: Answer): void;
  /** Resolves when `count` requests have arrived; rejects after `withinMs`. */
  waitFor(count: number, withinMs?: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

export const answerStatus =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end();

export async function startReceiver(answer: Answer = answerStatus(200)): Promise<Receiver> {
  const received: Received[] = [];
  let present = answer;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one: Received = {
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
        atMs: Date.now(),
      };
      received.push(one);
      present(response, received.length, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answerWith(next) {
      present = next;
    },
    async waitFor(count, withinMs = 20_000) {
      await until(() => received.length >= count, `${count} requests`, withinMs);
      return received;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Waits until the condition is true, and checks it every few milliseconds. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 20_000,
): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > deadlineMs) throw new Error(`Waited ${withinMs} ms in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
