/**
 * The receiver, in a separate process. It uses raw sockets and parses only the requests of this
 * benchmark, because a full HTTP server would cost as much as the measured code. The path selects
 * the behaviour: `/ok/…` returns 204, `/hang/…` never responds, and `/flip/…` returns 503 until
 * `recover`.
 */
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { serveParent } from "./child.ts";
import { dueAtUsOf, nowUs } from "./payload.ts";

const answers = {
  ok: Buffer.from("HTTP/1.1 204 No Content\r\n\r\n"),
  unavailable: Buffer.from("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"),
};

let seen = new Set<string>();
let duplicates = 0;
let arrivals = 0;
let firstAtUs = 0;
let latenciesUs: number[] = [];
/** How many requests arrived on `/flip/` paths in each tenth of a second since `recover`. */
let recoveredAtUs: number | null = null;
let tenths: number[] = [];
let flipRefused = 0;
/** The ids of all events that have got a 204 on a `/flip/` path. */
const flipSeen = new Set<string>();
let flipDuplicates = 0;
let keepsLatencies = false;
let cpuAtReset = process.cpuUsage();

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer | null = null;
  socket.on("data", (chunk: Buffer) => {
    let data = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    while (data.length > 0) {
      const length = answerOne(socket, data);
      if (length === 0) {
        rest = data;
        break;
      }
      data = data.subarray(length);
    }
  });
  socket.on("error", () => socket.destroy());
});

/**
 * Responds to the request at the start of `data`.
 * @returns the request's length, or 0 if it is incomplete.
 */
function answerOne(socket: Socket, data: Buffer): number {
  const headEnd = data.indexOf("\r\n\r\n");
  if (headEnd === -1) return 0;
  const head = data.toString("latin1", 0, headEnd);
  const bodyBytes = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const end = headEnd + 4 + bodyBytes;
  if (data.length < end) return 0;
  const path = head.slice(5, head.indexOf(" ", 5));
  if (path.startsWith("/hang/")) return end;
  const id = /\r\nwebhook-id: ([^\r]+)/i.exec(head)?.[1] ?? "";
  if (path.startsWith("/flip/")) {
    socket.write(arrivedAtFlip(path + id) ? answers.ok : answers.unavailable);
    return end;
  }
  arrived(path + id, data.subarray(headEnd + 4, end));
  socket.write(answers.ok);
  return end;
}

function arrived(key: string, body: Buffer): void {
  if (seen.has(key)) duplicates += 1;
  else seen.add(key);
  arrivals += 1;
  if (arrivals === 1) firstAtUs = nowUs();
  if (!keepsLatencies) return;
  const dueAtUs = dueAtUsOf(body);
  if (dueAtUs !== null) latenciesUs.push(nowUs() - dueAtUs);
}

function arrivedAtFlip(key: string): boolean {
  if (recoveredAtUs === null) {
    flipRefused += 1;
    return false;
  }
  if (flipSeen.has(key)) flipDuplicates += 1;
  else flipSeen.add(key);
  const tenth = Math.floor((nowUs() - recoveredAtUs) / 100_000);
  tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  return true;
}

serveParent({
  listen: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", 4096, () => resolve((server.address() as AddressInfo).port));
    }),
  reset: (options: { readonly keepsLatencies: boolean }) => {
    seen = new Set();
    duplicates = 0;
    arrivals = 0;
    firstAtUs = 0;
    latenciesUs = [];
    keepsLatencies = options.keepsLatencies;
    cpuAtReset = process.cpuUsage();
  },
  stats: () => {
    const cpu = process.cpuUsage(cpuAtReset);
    const cpuMs = (cpu.user + cpu.system) / 1000;
    return {
      arrivals,
      distinct: seen.size,
      duplicates,
      firstAtUs,
      cpuMs,
    };
  },
  latencies: () => Float64Array.from(latenciesUs),
  recover: () => {
    recoveredAtUs = nowUs();
    tenths = [];
    return flipRefused;
  },
  /** How many requests arrived on `/flip/` paths in each tenth of a second since `recover`. */
  tenths: () => Array.from(tenths, (each) => each ?? 0),
  flips: () => ({ distinct: flipSeen.size, duplicates: flipDuplicates }),
  break: () => {
    recoveredAtUs = null;
    flipRefused = 0;
  },
});
