/**
 * The metrics of real traffic are correct, and their number does not grow with the number of orgs.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { metricList } from "../../src/observe/metric-list.ts";
import { publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s" } });
  receiver = await startReceiver();
});

afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

async function scrape(): Promise<string> {
  const { status, text } = await posthorn.api.get("/metrics");
  expect(status, text).toBe(200);
  return text;
}

/** The sum of all series of a metric that have these labels. */
function valueOf(text: string, name: string, label = ""): number {
  const lines = text.split("\n").filter((line) => line.startsWith(name) && line.includes(label));
  const exact = lines.filter((line) => /[ {]/.test(line.charAt(name.length)));
  return exact.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

test("has every metric that is documented, and the process's own", async () => {
  const text = await scrape();
  for (const { name, type } of Object.values(metricList)) {
    expect(text).toContain(`# TYPE ${name} ${type}\n`);
  }
  expect(text).toContain("process_cpu_seconds_total");
  expect(text).toContain("nodejs_eventloop_lag_seconds");
  expect(valueOf(text, "posthorn_database_up")).toBe(1);
  expect(valueOf(text, "posthorn_build_info")).toBe(1);
});

test("counts events, outcomes by class, delays, commits and dead letters", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url);
  await publish(posthorn.api, orgId);
  await receiver.waitFor(1);
  receiver.answerWith(answerStatus(418));
  await publish(posthorn.api, orgId);
  await receiver.waitFor(2);
  receiver.answerWith((response) => void response.destroy());
  await publish(posthorn.api, orgId);
  // The kept-alive connection broke before a response arrived, so Posthorn repeated the request on
  // a new connection.
  await receiver.waitFor(4);
  receiver.answerWith(answerStatus(200));
  const closed = await startReceiver();
  await closed.close();
  const other = await subscribe(posthorn, closed.url);
  await publish(posthorn.api, other.orgId);
  let text = "";
  const outcome = (name: string): number =>
    valueOf(text, "posthorn_attempt_outcomes_total", `outcome="${name}"`);
  await until(async () => {
    text = await scrape();
    return valueOf(text, "posthorn_attempt_outcomes_total") === 4;
  }, "four outcomes");
  expect(outcome("delivered")).toBe(1);
  expect(outcome("status_4xx")).toBe(1);
  expect(outcome("closed")).toBe(1);
  expect(outcome("connect")).toBe(1);
  expect(valueOf(text, "posthorn_events_published_total")).toBe(4);
  expect(valueOf(text, "posthorn_publish_duration_seconds_count")).toBe(4);
  expect(valueOf(text, "posthorn_first_attempt_delay_seconds_count")).toBe(4);
  expect(valueOf(text, "posthorn_first_attempt_delay_seconds_sum")).toBeLessThan(20);
  expect(valueOf(text, "posthorn_dead_letters_total")).toBe(3);
  expect(valueOf(text, "posthorn_dead_letters")).toBe(3);
  expect(valueOf(text, "posthorn_endpoints", 'state="active"')).toBe(2);
  const storeCount = "posthorn_store_duration_seconds_count";
  for (const operation of ["publish", "settle", "claim"]) {
    expect(valueOf(text, storeCount, `operation="${operation}"`), operation).toBeGreaterThan(0);
  }
});

test("has no additional series after 20 more orgs", async () => {
  const series = async (): Promise<readonly string[]> => {
    const lines = (await scrape()).split("\n").filter((line) => line.startsWith("posthorn_"));
    return lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
  };
  const before = await series();
  const arrived = receiver.received.length;
  const orgs: string[] = [];
  for (let count = 0; count < 20; count += 1) {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    orgs.push(orgId, endpointId);
    await publish(posthorn.api, orgId);
  }
  await receiver.waitFor(arrived + 20, 10_000);
  const after = await series();
  expect(before.length).toBeGreaterThan(50);
  expect(after).toEqual(before);
  expect(after.filter((line) => orgs.some((id) => line.includes(id)))).toEqual([]);
});
