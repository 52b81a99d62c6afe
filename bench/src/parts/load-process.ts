/**
 * A client of Posthorn's API with raw sockets. Requests are prepared in advance, except for their
 * time, because the client must use little of the two cores that it shares with the measured
 * service.
 */
import { connect, type Socket } from "node:net";
import { serveParent } from "./child.ts";
import type { HttpLoad } from "./load.ts";
import { nowUs, payload } from "./payload.ts";

const eventType = "bench.happened";

function requestOf(load: HttpLoad, first: number, count: number): Buffer {
  const events = Array.from({ length: count }, (_, index) => {
    const orgId = load.orgIds[(first + index) % load.orgIds.length];
    return `{"org_id":"${orgId}","event_type":"${eventType}","data":${payload(nowUs())}}`;
  });
  const body = count === 1 ? (events[0] as string) : `[${events.join(",")}]`;
  return Buffer.from(
    `POST /rest/v1/webhook_events HTTP/1.1\r\nhost: posthorn\r\napikey: ${load.key}\r\n` +
      `content-type: application/json\r\nprefer: return=minimal\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Publishes all events. Each connection sends one request after another. */
async function publish(load: HttpLoad): Promise<number> {
  const startedUs = nowUs();
  let next = 0;
  const take = (): Buffer | null => {
    const count = Math.min(load.eventsPerRequest, load.count - next);
    if (count <= 0) return null;
    const request = requestOf(load, next, count);
    next += count;
    return request;
  };
  await Promise.all(Array.from({ length: load.connections }, () => drive(load, take)));
  return (nowUs() - startedUs) / 1000;
}

function drive(load: HttpLoad, take: () => Buffer | null): Promise<void> {
  const { hostname, port } = new URL(load.url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const sendNext = (): void => {
      const request = take();
      if (request === null) socket.end(resolve);
      else socket.write(request);
    };
    let received = "";
    socket.on("connect", sendNext);
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const headEnd = received.indexOf("\r\n\r\n");
      if (headEnd === -1) return;
      const bodyBytes = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < headEnd + 4 + bodyBytes) return;
      if (!received.startsWith("HTTP/1.1 201")) {
        socket.destroy();
        return reject(new Error(received));
      }
      received = "";
      sendNext();
    });
    socket.on("error", reject);
  });
}

serveParent({ publish });
