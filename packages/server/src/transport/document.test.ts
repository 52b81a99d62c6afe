import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { fetchDocument } from "./document.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const bounds = { deadlineMs: 5_000, bytesMax: 1_000 };

test("a document up to the limit is fetched, one byte more is not", async () => {
  const url = await serve((request, response) => {
    response.end("x".repeat(Number(request.url?.slice(1))));
  });
  expect(await fetchDocument(`${url}1000`, bounds)).toHaveLength(1_000);
  await expect(fetchDocument(`${url}1001`, bounds)).rejects.toThrow("larger than 1000 bytes");
});

test("a redirect is not followed", async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests += 1;
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  await expect(fetchDocument(url, bounds)).rejects.toThrow("302");
  expect(requests).toBe(1);
});

test("a response that never ends, or never starts, ends at the deadline", async () => {
  const dripping = await serve((_request, response) => {
    response.write("{");
  });
  const silent = await serve(() => {});
  for (const url of [dripping, silent]) {
    const startedMs = performance.now();
    await expect(fetchDocument(url, { ...bounds, deadlineMs: 200 })).rejects.toThrow();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  }
});
