/**
 * The customers' receivers: one HTTP server with a path for each endpoint. It verifies every
 * request.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SignatureError, verifyStandardWebhook } from "@posthorn/consumer";
import type { Arrival, Ledger } from "./ledger.ts";

/** Responds to one arrival. The default is an immediate 200. */
export type Answer = (response: ServerResponse, arrival: Arrival, number: number) => void;

export const answerWith =
  (status: number): Answer =>
  (response, arrival) => {
    arrival.status = status;
    response.writeHead(status).end();
  };

export interface DrillReceiver {
  /** The URL for an endpoint whose id is not known yet. `name` is its path. */
  urlOf(name: string): string;
  /** From now on, requests to this path belong to the endpoint and must have its signature. */
  register(name: string, endpointId: string, secret: string, answer?: Answer): void;
  close(): Promise<void>;
}

interface Registered {
  readonly endpointId: string;
  readonly secret: string;
  readonly answer: Answer;
  /** How many requests arrived for each event id. */
  readonly counts: Map<string, number>;
}

export async function startReceiver(ledger: Ledger, address = "127.0.0.1"): Promise<DrillReceiver> {
  const registered = new Map<string, Registered>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const endpoint = registered.get(request.url ?? "");
      if (endpoint === undefined) return void response.writeHead(404).end();
      const arrival = note(Buffer.concat(chunks), request.headers, endpoint);
      ledger.arrivals.push(arrival);
      const number = (endpoint.counts.get(arrival.eventId) ?? 0) + 1;
      endpoint.counts.set(arrival.eventId, number);
      endpoint.answer(response, arrival, number);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, address, 4096, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (name) => `http://${address}:${port}/${name}`,
    register(name, endpointId, secret, answer = answerWith(200)) {
      registered.set(`/${name}`, { endpointId, secret, answer, counts: new Map() });
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function note(
  body: Buffer,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  { endpointId, secret }: Registered,
): Arrival {
  let fault: string | null = null;
  try {
    verifyStandardWebhook({ headers, body, secret });
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    fault = error.message;
  }
  return {
    endpointId,
    eventId: String(headers["webhook-id"]),
    key: keyOf(body),
    atMs: Date.now(),
    signedAtSeconds: Number(headers["webhook-timestamp"]),
    status: null,
    fault,
  };
}

/** The key in the body, or an empty string if the body is not from this drill. */
function keyOf(body: Buffer): string {
  try {
    const { data } = JSON.parse(body.toString()) as { data?: { key?: unknown } };
    return typeof data?.key === "string" ? data.key : "";
  } catch {
    return "";
  }
}
