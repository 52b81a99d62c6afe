import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { reconcile, ReconcileError, type ReconcileOptions } from "./index.ts";

interface Row {
  readonly id: string;
  readonly event_id: string;
  readonly endpoint_id: string;
  readonly created_at: string;
  readonly event_type: string;
  readonly payload: unknown;
  readonly status: string;
}

const endpointId = "00000000-0000-7000-8000-00000000000e";
const apiKey = "a key";
const rowsPerPageMax = 4;

/** The sender's list of deliveries, with only the columns that reconciliation needs. */
let rows: Row[] = [];
let requests: URLSearchParams[] = [];
let answer: {
  readonly status: number;
  readonly headers?: Record<string, string>;
  text: string;
} | null;
let server: Server;
let baseUrl: string;

beforeEach(async () => {
  rows = Array.from({ length: 10 }, (_, index) => row(index));
  requests = [];
  answer = null;
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://sender");
    requests.push(url.searchParams);
    if (answer !== null) {
      response.writeHead(answer.status, answer.headers).end(answer.text);
    } else if (url.pathname !== "/api/rest/v1/webhook_deliveries") {
      response.writeHead(404).end("no such page");
    } else if (request.headers["apikey"] !== apiKey) {
      response.writeHead(401).end('{"message":"Invalid API key."}');
    } else {
      response.end(JSON.stringify(page(url.searchParams)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function row(index: number): Row {
  const time = `2026-03-22T12:00:0${index}Z`;
  return {
    id: `id-${index}`,
    event_id: `event-${index}`,
    endpoint_id: endpointId,
    created_at: time,
    event_type: "scan.completed",
    payload: { event: "scan.completed", timestamp: time, data: { scan_id: String(index) } },
    status: index % 2 === 0 ? "failed" : "delivered",
  };
}

function page(query: URLSearchParams): readonly Row[] {
  const value = (name: string, operator: string): string => {
    const text = query.get(name) ?? "";
    return text.startsWith(`${operator}.`) ? text.slice(operator.length + 1) : "";
  };
  expect(query.get("order")).toBe("id.asc");
  const limit = Math.min(Number(query.get("limit")), rowsPerPageMax);
  return rows
    .filter((each) => each.endpoint_id === value("endpoint_id", "eq"))
    .filter((each) => Date.parse(each.created_at) >= Date.parse(value("created_at", "gte")))
    .filter((each) => each.id > value("id", "gt"))
    .slice(0, limit);
}

async function missed(changes: Partial<ReconcileOptions> = {}): Promise<string[]> {
  const ids: string[] = [];
  const options = { baseUrl, apiKey, endpointId, since: "2026-03-22T12:00:02Z", seen: () => false };
  for await (const delivery of reconcile({ ...options, ...changes })) ids.push(delivery.event_id);
  return ids;
}

function events(...indexes: number[]): string[] {
  return indexes.map((index) => `event-${index}`);
}

describe("reconcile", () => {
  test("yields unseen deliveries, over pages, oldest first, from the given time on", async () => {
    const seen = new Set(events(3, 4, 5, 9));
    expect(await missed({ seen: (id) => seen.has(id) })).toEqual(events(2, 6, 7, 8));
    expect(await missed({ seen: async (id) => seen.has(id) })).toEqual(events(2, 6, 7, 8));
  });

  test.each([1, 3, 200])("yields each once, for any page size: %i", async (pageSize) => {
    expect(await missed({ pageSize })).toEqual(events(2, 3, 4, 5, 6, 7, 8, 9));
  });

  test("yields nothing of other endpoints, and accepts a Date and a trailing slash", async () => {
    rows.push({ ...row(9), id: "id-x", event_id: "event-x", endpoint_id: "another" });
    const since = new Date("2026-03-22T12:00:08Z");
    expect(await missed({ since, baseUrl: `${baseUrl}/` })).toEqual(events(8, 9));
  });

  test("yields the unchanged row, and requests only the documented columns", async () => {
    const options = { baseUrl, apiKey, endpointId, since: "2026-03-22", seen: () => false };
    const first = await reconcile(options).next();
    expect(first.value).toMatchObject(row(0));
    expect(requests[0]?.get("select")).toBe("id,event_id,event_type,payload,status,created_at");
    expect(requests[0]?.get("limit")).toBe("200");
  });

  test("requests a page when the caller reaches it, and not before", async () => {
    const deliveries = reconcile({ baseUrl, apiKey, endpointId, since: "2026", seen: () => false });
    expect(requests).toHaveLength(0);
    for (let taken = 0; taken < rowsPerPageMax; taken += 1) {
      await deliveries.next();
    }
    expect(requests).toHaveLength(1);
    await deliveries.next();
    expect(requests).toHaveLength(2);
    await deliveries.return();
    expect(requests).toHaveLength(2);
  });
});

describe("reconcile fails", () => {
  test("with the sender's status and message when it rejects a request", async () => {
    const wrongKey = missed({ apiKey: "wrong" });
    await expect(wrongKey).rejects.toThrow(ReconcileError);
    await expect(wrongKey).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining("Invalid API key."),
    });
  });

  test.each(["not json", '{"rows":[]}', "[1]", '[{"id":"1"}]'])(
    "on a response that is not a page: %s",
    async (text) => {
      answer = { status: 200, text };
      await expect(missed()).rejects.toThrow(ReconcileError);
    },
  );

  test("if the sender repeats a page, instead of looping forever", async () => {
    answer = { status: 200, text: JSON.stringify(rows) };
    await expect(missed()).rejects.toThrow("The same page came twice.");
    expect(requests).toHaveLength(2);
  });

  test("on a redirect: the key is not sent elsewhere", async () => {
    answer = { status: 307, headers: { location: `${baseUrl}/elsewhere` }, text: "" };
    await expect(missed()).rejects.toThrow(TypeError);
    expect(requests).toHaveLength(1);
  });

  test("when the sender does not respond in time", async () => {
    server.removeAllListeners("request");
    await expect(missed({ timeoutMs: 50 })).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

describe("a page that is too large", () => {
  /** Rejects pages of more than `most` deliveries by calling `refuse`. */
  function refusing(most: number, refuse: (response: ServerResponse) => void): void {
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const { searchParams } = new URL(request.url ?? "/", "http://sender");
      requests.push(searchParams);
      if (Number(searchParams.get("limit")) > most) refuse(response);
      else response.end(JSON.stringify(page(searchParams)));
    });
  }

  const found = async (options: Partial<ReconcileOptions>): Promise<string[]> => {
    const ids: string[] = [];
    const given = { baseUrl, apiKey, endpointId, since: new Date(0), seen: () => false };
    for await (const { id } of reconcile({ ...given, ...options })) ids.push(id);
    return ids;
  };

  test.each([
    [413, ""],
    [400, '{"code":"PH_ANSWER_TOO_LARGE"}'],
  ])("for the sender (%i) is requested in smaller ones", async (status, text) => {
    refusing(1, (response) => response.writeHead(status).end(text));
    expect(await found({})).toEqual(rows.map(({ id }) => id));
  });

  test("for the timeout is requested in smaller ones", async () => {
    refusing(2, (response) => response.writeHead(200).write("["));
    expect(await found({ timeoutMs: 100, pageSize: 4 })).toEqual(rows.map(({ id }) => id));
  });

  test("with one delivery is an error, and so is a sender that does not respond", async () => {
    refusing(0, (response) => response.writeHead(413).end("too large"));
    await expect(found({})).rejects.toThrow(ReconcileError);
    refusing(0, () => undefined);
    await expect(found({ timeoutMs: 50 })).rejects.toThrow(/timeout/);
  });
});
