/** Limits on the size of requests in bytes. Also checks that data arrives unchanged. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

/** Sends a request whose request line and headers have this many bytes. Returns the status line. */
function statusOf(headBytes: number): Promise<string> {
  const head = `GET /rest/v1/webhook_orgs HTTP/1.1\r\nhost: a\r\napikey: ${adminKey}\r\n`;
  const rest = headBytes - head.length - "x-a: \r\n\r\n".length;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(posthorn.service.url).port), "127.0.0.1");
    socket.once("error", reject);
    socket.once("data", (chunk) => {
      resolve(chunk.toString("latin1").split("\r\n")[0] ?? "");
      socket.destroy();
    });
    socket.write(`${head}x-a: ${"b".repeat(rest)}\r\n\r\n`);
  });
}

test("a request's line and headers have at most requestHeadersBytesMax", async () => {
  // Node counts the names and values of headers, not the separators between them.
  expect(await statusOf(limits.requestHeadersBytesMax)).toBe("HTTP/1.1 200 OK");
  expect(await statusOf(limits.requestHeadersBytesMax + 100)).toMatch(/^HTTP\/1\.1 431 /);
});

test("an in.(…) list may be as long as the request's line", async () => {
  const ids = Array.from({ length: 1_700 }, () => posthorn.newOrg()).join(",");
  const { status, rows } = await posthorn.api.get(`/rest/v1/webhook_orgs?id=in.(${ids})`);
  expect([status, rows.length]).toEqual([200, 0]);
});

test("Content-Location is left out past contentLocationCharsMax", async () => {
  const locationAt = async (length: number): Promise<string | null> => {
    const start = "/webhook_orgs?name=eq.";
    const name = "n".repeat(length - start.length);
    const answered = await posthorn.api.get(`/rest/v1/webhook_orgs?name=eq.${name}`);
    expect(answered.status).toBe(200);
    return answered.headers.get("content-location");
  };
  const atBound = await locationAt(limits.contentLocationCharsMax);
  expect(atBound).toHaveLength(limits.contentLocationCharsMax);
  expect(await locationAt(limits.contentLocationCharsMax + 1)).toBeNull();
});

describe("an endlessly nested body is rejected immediately", () => {
  const depth = 100_000;
  test.each([
    ["arrays", `${"[".repeat(depth)}${"]".repeat(depth)}`],
    ["objects that are never closed", '{"a":'.repeat(40_000)],
    ["arrays in the data", `{"data":${"[".repeat(depth)}${"]".repeat(depth)}}`],
  ])("%s", async (_name, body) => {
    for (const path of ["webhook_events", "webhook_endpoints", "rpc/replay"]) {
      const startedAtMs = performance.now();
      const { status, row } = await posthorn.api.post(`/rest/v1/${path}`, body);
      expect([status, row["code"]]).toEqual([400, "PGRST102"]);
      expect(row["message"]).toContain(String(limits.jsonDepthMax));
      expect(performance.now() - startedAtMs).toBeLessThan(2_000);
    }
  });
});

describe("data arrives as it was sent", () => {
  test.each([
    ["the prototype's key", '{"__proto__":{"polluted":true},"scan_id":"s"}'],
    ["the constructor's", '{"constructor":{"prototype":{"polluted":true}},"scan_id":"s"}'],
    ["a key twice", '{"scan_id":"first","a":1,"a":2,"scan_id":"s"}'],
    ["numbers that no double holds", '{"scan_id":"s","n":[12345678901234567890.10,1e400,-0]}'],
    ["spaces and the order of keys", '{ "b" : 1 ,\n\t"a":2, "scan_id" : "s" }'],
    ["escapes", '{"scan_id":"\\u0041\\ud800\\u2028\\/","\\u0000":"\\u0000"}'],
  ])("%s", async (_name, data) => {
    const { orgId } = await subscribe(posthorn, receiver.url, { contract: "svix" });
    const before = receiver.received.length;
    const { status, text } = await posthorn.api.post(
      "/rest/v1/webhook_events",
      `{"org_id":"${orgId}","event_type":"scan.completed","data":${data}}`,
    );
    expect([status, text]).toEqual([201, ""]);
    const received = await receiver.waitFor(before + 1);
    expect(received.at(-1)?.body).toBe(data);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("a repeated member of the row itself counts once, as its last", async () => {
    const [first, last] = [posthorn.newOrg(), posthorn.newOrg()];
    const row = `"event_type":"scan.completed","data":{"scan_id":"s"}`;
    const body = `{"org_id":"${first}",${row},"org_id":"${last}"}`;
    expect((await posthorn.api.post("/rest/v1/webhook_events", body)).status).toBe(201);
    const { rows } = await posthorn.api.get(
      `/rest/v1/webhook_events?org_id=in.(${first},${last})&select=org_id`,
    );
    expect(rows).toEqual([{ org_id: last }]);
  });

  test.each(["__proto__", "constructor", "toString"])(
    "%s is not a column, an argument or a filter",
    async (name) => {
      const column = await posthorn.api.post(
        "/rest/v1/webhook_events",
        `{"org_id":"${posthorn.newOrg()}","${name}":{"a":1}}`,
      );
      expect([column.status, column.row["code"]]).toEqual([400, "PGRST204"]);
      const argument = await posthorn.api.post("/rest/v1/rpc/overview", `{"${name}":{}}`);
      expect([argument.status, argument.row["code"]]).toEqual([404, "PGRST202"]);
      const filter = await posthorn.api.get(`/rest/v1/webhook_events?${name}=eq.1`);
      expect([filter.status, filter.row["code"]]).toEqual([400, "42703"]);
      const table = await posthorn.api.get(`/rest/v1/${name}`);
      expect([table.status, table.row["code"]]).toEqual([404, "PGRST205"]);
    },
  );

  test("the same names work for custom headers", async () => {
    const headers = '{"__proto__":"p","constructor":"c"}';
    const orgId = posthorn.newOrg();
    const { status } = await posthorn.api.post(
      "/rest/v1/webhook_endpoints",
      `{"org_id":"${orgId}","url":"${receiver.url}/","headers":${headers}}`,
    );
    expect(status).toBe(201);
    const before = receiver.received.length;
    let raw: readonly string[] = [];
    receiver.answerWith((response) => {
      // `rawHeaders` contains what was sent. `headers` is an object with a prototype, so it can
      // lose such names.
      raw = response.req.rawHeaders;
      response.end();
    });
    await publish(posthorn.api, orgId);
    await receiver.waitFor(before + 1);
    expect(raw[raw.indexOf("__proto__") + 1]).toBe("p");
    expect(raw[raw.indexOf("constructor") + 1]).toBe("c");
  });
});
