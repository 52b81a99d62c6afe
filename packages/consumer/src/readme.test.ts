/** Runs the snippets of the README exactly as printed. */
import { readFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../server/src/testing/test-database.ts";
import * as consumer from "./index.ts";
import type { Inbox } from "./index.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = '{"type":"scan.completed"}';

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const snippets = [...readme.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1] ?? "");
const modules: Readonly<Record<string, unknown>> = {
  "node:http": http,
  "@posthorn/consumer": consumer,
};

/** Finds the only snippet that contains this text. */
function snippetWith(text: string): string {
  const found = snippets.filter((snippet) => snippet.includes(text));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

/** Runs a snippet with the variables in `given`, and returns one of its constants. */
async function run(snippet: string, given: object, wanted: string): Promise<unknown> {
  const code = snippet.replace(
    /^import (\{.*?\}) from "(.*?)";$/gm,
    (_whole, names: string, from: string) => `const ${names} = modules[${JSON.stringify(from)}];`,
  );
  // oxlint-disable-next-line no-implied-eval, no-new-func -- to run it as printed
  const start = new Function(
    "modules",
    ...Object.keys(given),
    `return (async () => { ${code}\nreturn ${wanted}; })();`,
  ) as (...facts: unknown[]) => Promise<unknown>;
  return start(modules, ...Object.values(given));
}

async function listen(server: http.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function signedHeaders(): Promise<Record<string, string>> {
  const headers = await run(snippetWith('"msg_1"'), { secret }, "headers");
  return headers as Record<string, string>;
}

test("every snippet is run by a test below", () => {
  expect(snippets).toHaveLength(5);
});

test("the signing snippet's signatures verify", async () => {
  const headers = await signedHeaders();
  expect(consumer.verifyStandardWebhook({ secret, headers, body }).id).toBe("msg_1");
});

describe("the receiver", () => {
  const handled: unknown[] = [];
  let failing = false;
  let server: http.Server;
  let url: string;

  beforeAll(async () => {
    const handle = async (event: unknown): Promise<void> => {
      if (failing) throw new Error("no disk");
      handled.push(event);
    };
    const made = await run(snippetWith("createServer"), { secret, handle }, "server");
    server = made as http.Server;
    url = await listen(server);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("rejects forgeries, accepts failed work again, and works once", async () => {
    const headers = await signedHeaders();
    const post = async (text: string): Promise<number> =>
      (await fetch(url, { method: "POST", headers, body: text })).status;
    expect(await post(`${body} `)).toBe(401);
    failing = true;
    expect(await post(body)).toBe(500);
    failing = false;
    expect(await post(body)).toBe(200);
    expect(await post(body)).toBe(200);
    expect(handled).toEqual([JSON.parse(body)]);
  });
});

test("the snippet for X-CDA-Signature verifies and then parses", async () => {
  const parts = { id: "", timestamp: "", body };
  const signature = consumer.computeSignature(consumer.cdaScheme, secret, parts);
  const headers = { "x-cda-signature": signature };
  const snippet = snippetWith("verifyCda");
  expect(await run(snippet, { secret, headers, body }, "event")).toEqual(JSON.parse(body));
  await expect(run(snippet, { secret, headers, body: "{}" }, "event")).rejects.toThrow(
    consumer.SignatureError,
  );
});

describe("the store in PostgreSQL", () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase(inject("postgresUrl"));
    pool = new pg.Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function makeInbox(): Promise<Inbox> {
    const snippet = snippetWith("create table");
    const given = { pool, createInbox: consumer.createInbox };
    return (await run(snippet, given, "inbox")) as Inbox;
  }

  test("is one inbox for several processes", async () => {
    const [one, two] = [await makeInbox(), await makeInbox()];
    const verdicts = await Promise.all([one, two, one, two].map((inbox) => inbox.accept("a")));
    expect(verdicts.toSorted()).toEqual(["in_progress", "in_progress", "in_progress", "new"]);
    await one.failed("a");
    expect(await two.accept("a")).toBe("new");
    await two.done("a");
    await one.failed("a");
    expect(await one.accept("a")).toBe("duplicate");
  });

  test("treats an id as free if its holder has not finished in time", async () => {
    const inbox = await makeInbox();
    await inbox.accept("b");
    await pool.query("update webhook_inbox set taken_at = taken_at - interval '61 s'");
    expect(await inbox.accept("b")).toBe("new");
    expect(await inbox.accept("b")).toBe("in_progress");
  });
});

test("the snippet that fetches missed events handles exactly those", async () => {
  const rows = ["e1", "e2"].map((event, index) => ({
    id: `d${index}`,
    event_id: event,
    event_type: "scan.completed",
    payload: { of: event },
    status: "failed",
    created_at: "2026-03-22T12:00:00Z",
  }));
  const server = http.createServer((request, response) => {
    response.end(request.url?.includes("id=gt.") ? "[]" : JSON.stringify(rows));
  });
  const url = await listen(server);
  const handled: unknown[] = [];
  const events = new Set(["e1"]);
  const given = {
    apiKey: "a key",
    endpointId: "endpoint",
    events,
    handle: async (payload: unknown) => handled.push(payload),
  };
  try {
    const snippet = snippetWith("reconcile(").replace("https://posthorn.example.com", url);
    await run(snippet, given, "null");
  } finally {
    server.closeAllConnections();
    server.close();
  }
  expect(handled).toEqual([{ of: "e2" }]);
  expect([...events]).toEqual(["e1", "e2"]);
});
