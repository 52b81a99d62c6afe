import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { readServerSentEvents } from "./event-stream.ts";

test("yields events without comments, and ends when it is stopped", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("event: hello\ndata: 1\n\n: a comment\n\nevent: more\ndata: 2\n\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stopping = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    const { signal } = stopping;
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal });
    for await (const { event, data } of readServerSentEvents(response, signal)) {
      seen.push(`${event} ${data}`);
    }
  })();
  await expect.poll(() => seen).toEqual(["hello 1", "more 2"]);
  stopping.abort();
  await reading.catch((error: unknown) => expect(error).toMatchObject({ name: "AbortError" }));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
