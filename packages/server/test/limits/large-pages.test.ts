/**
 * If the rows of a page exceed the response's limit in bytes, the page is shorter, and the next
 * page continues after it.
 */
import { reconcile } from "@posthorn/consumer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { subscribe, type Subscribed } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

const deliveries = 60;
const charsEach = 240 * 1024;

let posthorn: TestService;
let receiver: Receiver;
let org: Subscribed;
const table = "/rest/v1/webhook_deliveries";
let path: string;

beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  org = await subscribe(posthorn, receiver.url);
  path = `${table}?endpoint_id=eq.${org.endpointId}&select=id,payload&order=id.asc`;
  for (let number = 0; number < deliveries; number += 1) {
    const answered = await posthorn.api.post("/rest/v1/webhook_events", {
      org_id: org.orgId,
      event_type: "scan.completed",
      data: { scan_id: `${number}`, text: "x".repeat(charsEach) },
    });
    if (answered.status !== 201) throw new Error(answered.text);
  }
  await until(async () => (await count()) === deliveries, "all deliveries");
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

async function count(): Promise<number> {
  const exact = { prefer: "count=exact" };
  const { headers } = await posthorn.api.get(`${path}&limit=0`, exact);
  return Number(headers.get("content-range")?.split("/")[1]);
}

test("a page ends before its limit in bytes, and says so", async () => {
  const page = await posthorn.api.get(`${path}&limit=200`);
  expect(page.status).toBe(206);
  expect(page.headers.get("x-posthorn-page")).toBe("shortened");
  expect(page.rows.length).toBeGreaterThan(30);
  expect(page.rows.length).toBeLessThan(deliveries);
  expect(page.headers.get("content-range")).toBe(`0-${page.rows.length - 1}/*`);
  const bytes = Buffer.byteLength(page.text);
  expect(bytes).toBeLessThanOrEqual(limits.answerBytesMax);
  // The page was as full as possible: one more row would have exceeded the limit.
  expect(bytes + bytes / page.rows.length).toBeGreaterThan(limits.answerBytesMax);
});

test("an offset returns the rest, and each row comes once, in order", async () => {
  const ids: string[] = [];
  let total = "";
  while (ids.length < deliveries) {
    const exact = { prefer: "count=exact" };
    const page = await posthorn.api.get(`${path}&offset=${ids.length}`, exact);
    expect([200, 206]).toContain(page.status);
    expect(page.rows.length).toBeGreaterThan(0);
    ids.push(...page.rows.map(({ id }) => id));
    total = page.headers.get("content-range")?.split("/")[1] ?? "";
  }
  expect(total).toBe(String(deliveries));
  expect(ids).toEqual([...new Set(ids)].toSorted());
});

test("a page of 1,000 large rows takes not much longer than one of the rows that fit", async () => {
  const { pool } = posthorn.service;
  const { orgId } = await subscribe(posthorn, receiver.url);
  const rows = limits.pageRowsMax;
  await pool.query(
    `insert into posthorn.events
       (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
     select posthorn.uuid_v7(now()), $1, 'scan.completed', now(), to_json(repeat('x', $2)), 0, now()
     from generate_series(1, $3)`,
    [orgId, charsEach, rows],
  );
  const events = `/rest/v1/webhook_events?org_id=eq.${orgId}&select=id,data&order=id.asc`;
  const took = async (limit: number): Promise<number> => {
    const startMs = performance.now();
    const page = await posthorn.api.get(`${events}&limit=${limit}`);
    expect(page.status, page.text.slice(0, 200)).toBe(limit === rows ? 206 : 200);
    return performance.now() - startMs;
  };
  const all: number[] = [];
  const few: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    few.push(await took(30));
    all.push(await took(rows));
  }
  expect(Math.min(...all)).toBeLessThan(5 * Math.max(...few));
  // The pages go on to the last row.
  const last = await posthorn.api.get(`${events}&limit=${rows}&offset=${rows - 20}`);
  expect([last.status, last.rows.length]).toEqual([200, 20]);
});

test("a page that fits is not cut, and has no such header", async () => {
  const page = await posthorn.api.get(`${path}&limit=20`);
  expect([page.status, page.rows.length]).toEqual([200, 20]);
  expect(page.headers.get("x-posthorn-page")).toBeNull();
});

test("the consumer's reconcile yields every delivery", async () => {
  const found = new Set<string>();
  const missed = reconcile({
    baseUrl: posthorn.service.url,
    apiKey: posthorn.api.key,
    endpointId: org.endpointId,
    since: new Date(0),
    seen: () => false,
  });
  for await (const { id } of missed) found.add(id);
  expect(found.size).toBe(deliveries);
});
