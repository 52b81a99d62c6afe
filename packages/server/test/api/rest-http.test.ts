/** Responses to reads: the statuses, headers and bodies that any HTTP client receives. */
import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let database: pg.Client;
/** The id of an org with five endpoints, and a filter that selects them. */
let orgId: string;
let mine: string;

const table = "/rest/v1/webhook_endpoints";
const singular = { accept: "application/vnd.pgrst.object+json" } as const;

beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  orgId = posthorn.newOrg();
  mine = `${table}?org_id=eq.${orgId}`;
  for (let number = 1; number <= 5; number += 1) {
    await subscribe(posthorn, receiver.url, { org_id: orgId, description: `number ${number}` });
  }
});
afterAll(async () => {
  await database.end();
  await posthorn.close();
  await receiver.close();
});

const send = (...given: Parameters<TestService["api"]["request"]>) =>
  posthorn.api.request(...given);
const newEndpoint = () => ({ org_id: posthorn.newOrg(), url: receiver.url });

describe("the range of a read", () => {
  const exact = { prefer: "count=exact" } as const;
  test.each([
    ["", {}, 200, "0-4/*", 5],
    ["&limit=2", {}, 200, "0-1/*", 2],
    ["&offset=4", {}, 200, "4-4/*", 1],
    ["&offset=9", {}, 200, "*/*", 0],
    ["&limit=0", {}, 200, "*/*", 0],
    ["&limit=x&offset=y", {}, 200, "0-4/*", 5],
    ["&limit=1&limit=3", {}, 200, "0-2/*", 3],
    ["", exact, 200, "0-4/5", 5],
    ["&limit=2&offset=1", exact, 206, "1-2/5", 2],
    ["&offset=5", exact, 206, "*/5", 0],
    ["&limit=0", exact, 206, "*/5", 0],
    ["", { range: "1-2" }, 200, "1-2/*", 2],
    ["", { range: "3-", ...exact }, 206, "3-4/5", 2],
    ["&limit=1", { range: "0-3" }, 200, "0-0/*", 1],
    ["", { range: "bytes" }, 200, "0-4/*", 5],
  ] as const)("%s %j is %i %s", async (query, headers, status, range, rows) => {
    const answered = await posthorn.api.get(mine + query, headers);
    expect([answered.status, answered.headers.get("content-range")]).toEqual([status, range]);
    expect(answered.json).toHaveLength(rows);
  });

  test.each([
    ["&limit=-1", {}, null],
    ["", { range: "5-2" }, null],
    ["&offset=6", exact, "*/5"],
  ] as const)("%s %j is 416", async (query, headers, range) => {
    const { status, row, headers: answered } = await posthorn.api.get(mine + query, headers);
    expect([status, row["code"], answered.get("content-range")]).toEqual([416, "PGRST103", range]);
  });

  test("a page has a maximum of rows, whatever the request says", async () => {
    await database.query(
      `insert into posthorn.event_types (name, description, schema_check, created_at, updated_at)
       select 'page.t' || n, '', 'refuse', now(), now() from generate_series(1, $1) as n`,
      [limits.pageRowsMax + 1],
    );
    const path = "/rest/v1/webhook_event_types?select=name&name=like.page.*";
    for (const query of ["", `&limit=${limits.pageRowsMax + 1}`]) {
      const { rows, headers } = await posthorn.api.get(path + query);
      expect(rows).toHaveLength(limits.pageRowsMax);
      expect(headers.get("content-range")).toBe(`0-${limits.pageRowsMax - 1}/*`);
    }
    const rest = await posthorn.api.get(`${path}&offset=${limits.pageRowsMax}`, exact);
    expect([rest.rows.length, rest.status]).toEqual([1, 206]);
  });
});

describe("the headers of a read", () => {
  test("say what was preferred, what was read, and its type", async () => {
    const { headers } = await posthorn.api.get(`${mine}&select=id,url&limit=1`, {
      prefer: "handling=lenient, count=exact, unknown",
    });
    expect(headers.get("preference-applied")).toBe("count=exact, handling=lenient");
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("content-location")).toBe(
      `/webhook_endpoints?limit=1&org_id=eq.${orgId}&select=id%2Curl`,
    );
    const plain = await posthorn.api.get(table);
    expect(plain.headers.get("content-location")).toBe("/webhook_endpoints");
    expect(plain.headers.get("preference-applied")).toBeNull();
  });

  test("repeated parameters keep their order in Content-Location", async () => {
    const query = "description=gt.a&description=lt.z&description=neq.c";
    const { headers } = await posthorn.api.get(`${table}?${query}`);
    expect(headers.get("content-location")).toBe(`/webhook_endpoints?${query}`);
  });

  test("HEAD returns the same without a body", async () => {
    const { status, headers, text } = await send("HEAD", `${mine}&limit=2`, undefined, {
      prefer: "count=exact",
      range: "0-0",
    });
    expect([status, headers.get("content-range"), text]).toEqual([206, "0-1/5", ""]);
    expect(headers.get("content-type")).toContain("application/json");
  });

  test("one row as an object, or 406", async () => {
    const one = await posthorn.api.get(`${mine}&limit=1&order=id`, singular);
    expect(one.headers.get("content-type")).toBe(
      "application/vnd.pgrst.object+json; charset=utf-8",
    );
    expect(one.json).toMatchObject({ description: "number 1" });
    const many = await posthorn.api.get(mine, singular);
    expect([many.status, many.row["code"], many.row["details"]]).toEqual([
      406,
      "PGRST116",
      "The result contains 5 rows",
    ]);
  });

  test.each([
    ["text/csv", 200],
    ["application/vnd.pgrst.array+json;nulls=stripped", 200],
    ["application/geo+json", 406],
    ["text/html", 406],
    ["text/html, */*;q=0.8", 200],
    ["application/*", 200],
    ["application/json", 200],
    ["application/vnd.pgrst.array+json", 200],
  ])("Accept: %s is %i", async (accept, status) => {
    const answered = await posthorn.api.get(mine, { accept });
    expect(answered.status).toBe(status);
    if (status === 406) expect(answered.row["code"]).toBe("PGRST107");
  });

  test("the one schema is public", async () => {
    for (const [method, header, path] of [
      ["GET", "accept-profile", mine],
      ["HEAD", "accept-profile", mine],
      ["POST", "content-profile", table],
      ["POST", "content-profile", "/rest/v1/rpc/explain"],
    ] as const) {
      const body = method === "POST" ? newEndpoint() : undefined;
      const other = await send(method, path, body, { [header]: "private" });
      expect([method, other.status]).toEqual([method, 406]);
      if (method !== "HEAD") expect(other.row["code"]).toBe("PGRST106");
    }
    expect((await posthorn.api.get(mine, { "accept-profile": "public" })).status).toBe(200);
  });

  test("times keep their microseconds, and filters on them are exact", async () => {
    const id = "0192f0c1-2b3c-7d4e-8f50-123456789abc";
    await database.query("select posthorn.make_partitions('2024-11-01', '2024-11-08')");
    await database.query(
      `insert into posthorn.events
         (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
       values ($1, $2, 'scan.completed', '2026-11-23T03:36:47.645123Z', '{"n": 1.10}', 0,
               to_timestamp(x'0192f0c12b3c'::bigint / 1000.0))`,
      [id, orgId],
    );
    const path = `/rest/v1/webhook_events?id=eq.${id}`;
    const { row, text } = await posthorn.api.get(path);
    expect(row["timestamp"]).toBe("2026-11-23T03:36:47.645123+00:00");
    expect(text).toContain('{"n": 1.10}');
    const filtered = async (query: string) => (await posthorn.api.get(path + query)).rows.length;
    expect(await filtered("&timestamp=gt.2026-11-23T03:36:47.645122Z")).toBe(1);
    expect(await filtered("&timestamp=gt.2026-11-23T03:36:47.645123Z")).toBe(0);
    const createdAt = encodeURIComponent(String(row["created_at"]));
    for (const [operator, rows] of [
      ["eq", 1],
      ["gte", 1],
      ["lte", 1],
      ["gt", 0],
      ["lt", 0],
    ] as const) {
      expect([operator, await filtered(`&created_at=${operator}.${createdAt}`)]).toEqual([
        operator,
        rows,
      ]);
    }
  });
});

describe("bounds of a query", () => {
  const filters = (count: number) => "&description=neq.x".repeat(count);
  test("a request may have as many filters as the limit, in any place", async () => {
    expect((await posthorn.api.get(mine + filters(limits.filtersMax - 1))).rows).toHaveLength(5);
    const above = await posthorn.api.get(mine + filters(limits.filtersMax));
    expect([above.status, above.row["code"]]).toEqual([400, "PH_QUERY_TOO_COMPLEX"]);
    const tree = (count: number) => `&or=(${Array(count).fill("id.not.is.null").join(",")})`;
    expect((await posthorn.api.get(mine + tree(limits.filtersMax - 1))).rows).toHaveLength(5);
    const hidden = await posthorn.api.get(mine + tree(limits.filtersMax));
    expect(hidden.row["code"]).toBe("PH_QUERY_TOO_COMPLEX");
  });

  test("a URL may contain a list of 1,400 ids, and is then not returned as a header", async () => {
    const ids = Array.from({ length: 1_400 }, () => randomUUID());
    const { rows } = await posthorn.api.get(`${mine}&select=id`);
    const path = `${table}?select=id&id=in.(${[...ids, rows[0]?.id].join(",")})`;
    expect(path.length).toBeGreaterThan(50_000);
    const answered = await posthorn.api.get(path);
    expect([answered.status, answered.rows]).toEqual([200, [{ id: rows[0]?.id }]]);
    expect(answered.headers.get("content-location")).toBeNull();
  });

  test.each([
    ["select=id&select=url", 200],
    ["x", 200],
    ["_=123", 400],
    ["id=eq.%00", 400],
    ["select=%22%00%22:id", 400],
    ["id=eq.%", 400],
    ["in_flight_max=eq.99999999999", 400],
    ["offset=99999999999999999999", 400],
    ["headers->99999999999=is.null", 400],
    ["select=id::money", 400],
    ["description=match.(", 400],
    ["events=cs.a,b", 400],
    ["description=is.true", 400],
    ["id=like.x*", 404],
    ["secret=neq.x", 400],
    ["select=secret", 400],
    ["order=secret", 400],
  ])("?%s is %i, with the four members of an error", async (query, status) => {
    const answered = await posthorn.api.get(`${table}?${query}`);
    expect(answered.status).toBe(status);
    if (status === 200) return;
    expect(Object.keys(answered.row).toSorted()).toEqual(["code", "details", "hint", "message"]);
  });
});

describe("other methods", () => {
  test("PUT is not supported", async () => {
    const { status, row } = await send("PUT", `${table}?id=eq.${randomUUID()}`, newEndpoint());
    expect([status, row["code"]]).toEqual([405, "PGRST117"]);
  });

  test.each(["PATCH", "PUT", "DELETE"])("%s calls no function", async (method) => {
    const { orgId: org, endpointId } = await subscribe(posthorn, receiver.url);
    const given = { endpoint_id: endpointId, event_type: "scan.completed" };
    const { status, row } = await send(method, "/rest/v1/rpc/send_test", given);
    expect([status, row["code"]]).toEqual([405, "PGRST101"]);
    expect((await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${org}`)).rows).toEqual([]);
  });
});

/**
 * Sends the preflight request of a browser. `fetch` in Node cannot, because it omits the Origin
 * header.
 */
function preflight(path: string, method: string, requestHeaders: string) {
  return new Promise<{ status: number; headers: Readonly<Record<string, unknown>> }>(
    (resolve, reject) => {
      const request = httpRequest(
        posthorn.service.url + path,
        {
          method: "OPTIONS",
          headers: {
            origin: "https://app.example.com",
            "access-control-request-method": method,
            "access-control-request-headers": requestHeaders,
          },
        },
        (response) => {
          response.resume();
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers }),
          );
        },
      );
      request.on("error", reject).end();
    },
  );
}

describe("from a browser", () => {
  const sent = [
    "authorization",
    "apikey",
    "x-client-info",
    "content-type",
    "prefer",
    "accept-profile",
    "content-profile",
    "x-retry-count",
  ];

  test.each(["GET", "HEAD", "POST", "PATCH", "DELETE"])("%s is allowed", async (method) => {
    const { status, headers } = await preflight(table, method, sent.join(","));
    expect([200, 204]).toContain(status);
    expect(["*", "https://app.example.com"]).toContain(headers["access-control-allow-origin"]);
    const allowed = (name: string) => String(headers[name]).toLowerCase().split(/, */);
    expect(allowed("access-control-allow-methods")).toContain(method.toLowerCase());
    expect(allowed("access-control-allow-headers")).toEqual(expect.arrayContaining(sent));
  });

  test("the headers that count can be read", async () => {
    const { headers } = await posthorn.api.get(mine, { origin: "https://app.example.com" });
    const exposed = String(headers.get("access-control-expose-headers")).toLowerCase();
    for (const name of ["content-range", "content-location", "location", "preference-applied"]) {
      expect(exposed).toContain(name);
    }
    expect(exposed).toContain("posthorn-event-id");
    expect(exposed).toContain("posthorn-duplicate");
  });
});

describe("the key", () => {
  test.each([
    [{ apikey: adminKey }, 200],
    [{ authorization: `Bearer ${adminKey}` }, 200],
    [{ authorization: `bearer ${adminKey}` }, 200],
    [{ authorization: "Bearer " }, 401],
    [{ authorization: `Basic ${adminKey}` }, 401],
    [{ apikey: "wrong" }, 401],
    [{}, 401],
  ] as const)("%j is %i", async (headers, status) => {
    const answered = await fetch(posthorn.service.url + mine, { headers });
    expect(answered.status).toBe(status);
    if (status === 200) return;
    expect(answered.headers.get("www-authenticate")).toContain("Bearer");
    expect(Object.keys((await answered.json()) as object).toSorted()).toEqual([
      "code",
      "details",
      "hint",
      "message",
    ]);
  });
});

test("a response says what it depends on, and echoes the requested schema", async () => {
  const { headers } = await posthorn.api.get("/rest/v1/webhook_orgs", {
    "accept-profile": "public",
  });
  expect(headers.get("content-profile")).toBe("public");
  expect(headers.get("vary")).toContain("Accept, Prefer, Range");
  const plain = await posthorn.api.get("/rest/v1/webhook_orgs");
  expect(plain.headers.get("content-profile")).toBeNull();
});

test("an org that exists is not inserted again, but may be named by an upsert", async () => {
  const id = posthorn.newOrg();
  const insertOrg = (name: string, prefer = "return=minimal") =>
    posthorn.api.post("/rest/v1/webhook_orgs", { id, name }, { prefer });
  expect((await insertOrg("One")).status).toBe(201);
  const again = await insertOrg("Two");
  expect([again.status, again.row["code"]]).toEqual([409, "PH_ORG_EXISTS"]);
  await insertOrg("Three", "resolution=merge-duplicates");
  expect((await posthorn.api.get(`/rest/v1/webhook_orgs?id=eq.${id}`)).row["name"]).toBe("Three");
});
