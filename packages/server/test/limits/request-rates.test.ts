/**
 * The API returns 429 to keys with too many requests, and to addresses with too many wrong keys.
 */
import { afterEach, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import {
  representation,
  startTestService,
  type Answered,
  type Api,
  type TestService,
} from "../support/service.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(environment: Readonly<Record<string, string>> = {}): Promise<TestService> {
  const posthorn = await startTestService({ environment });
  cleanups.push(() => posthorn.close());
  return posthorn;
}

async function keyOf(posthorn: TestService, orgId: string): Promise<Api> {
  const path = "/rest/v1/api_keys";
  const key = { org_id: orgId, name: "any", role: "manage" };
  const { status, row } = await posthorn.api.post(path, key, representation);
  expect(status).toBe(201);
  return posthorn.apiWith(String(row["key"]));
}

const types = "/rest/v1/webhook_event_types?limit=1";

/** Sends all requests at once, so that they fall into one second, or two at most. */
const many = (count: number, ask: (at: number) => Promise<Answered>): Promise<Answered[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => ask(at)));

/**
 * Repeats the requests until all fall into one second, because limits are per second and the
 * machine may be busy.
 */
async function withinOneSecond<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const startedMs = performance.now();
    const result = await ask();
    if (performance.now() - startedMs < 900) return result;
    await nextSecond();
  }
}

const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_050));

const statuses = (answers: readonly Answered[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

test("a key with too many requests gets 429 while other keys are served, and is served again later", async () => {
  const posthorn = await start({ POSTHORN_REQUESTS_PER_SECOND: "10" });
  const orgId = posthorn.newOrg();
  const wild = await keyOf(posthorn, orgId);
  const other = await keyOf(posthorn, orgId);
  const startedMs = performance.now();
  const answers = await many(60, () => wild.get(types));
  const seconds = Math.ceil((performance.now() - startedMs) / 1_000) + 1;
  expect(statuses(answers, 200)).toBeGreaterThanOrEqual(10);
  expect(statuses(answers, 200)).toBeLessThanOrEqual(10 * seconds);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get("retry-after")).toBe("1");
  expect(refused?.row).toEqual({
    code: "PH_TOO_MANY_REQUESTS",
    message: "This key sends more than 10 requests per second.",
    hint: expect.stringContaining("Retry-After") as string,
    details: null,
  });
  expect((await other.get(types)).status).toBe(200);
  expect((await posthorn.api.get(types)).status).toBe(200);
  await nextSecond();
  expect((await wild.get(types)).status).toBe(200);
  const { text } = await posthorn.api.get("/metrics");
  const counted = Number(/^posthorn_rate_limited_total (\d+)$/m.exec(text)?.[1]);
  expect(counted).toBe(statuses(answers, 429));
});

test("requests up to the limit pass, and one more does not", async () => {
  const posthorn = await start({ POSTHORN_REQUESTS_PER_SECOND: "40" });
  const key = await keyOf(posthorn, posthorn.newOrg());
  // The window starts with its first request, so all requests of this call are in the same window.
  const [answers, oneMore] = await withinOneSecond(async () => [
    await many(40, () => key.get(types)),
    await key.get(types),
  ]);
  expect(statuses(answers, 200)).toBe(40);
  expect(oneMore.status).toBe(429);
});

test("the admin key has its own limit", async () => {
  const posthorn = await start({ POSTHORN_ADMIN_REQUESTS_PER_SECOND: "5" });
  const [answers, metrics] = await withinOneSecond(async () => [
    await many(40, () => posthorn.api.get(types)),
    await posthorn.api.get("/metrics"),
  ]);
  expect(statuses(answers, 200)).toBe(5);
  expect(metrics.status).toBe(429);
  expect(metrics.headers.get("retry-after")).toBe("1");
  expect((await posthorn.api.get("/readyz")).status).toBe(200);
});

test("beyond the limit of wrong keys, unknown keys get 429 and known keys do not", async () => {
  const posthorn = await start();
  const known = await keyOf(posthorn, posthorn.newOrg());
  const unseen = await keyOf(posthorn, posthorn.newOrg());
  expect((await known.get(types)).status).toBe(200);
  const wrong = (at: number): Promise<Answered> => posthorn.apiWith(`phk_wrong_${at}`).get(types);
  const asked = await withinOneSecond(async () => ({
    answers: await many(limits.wrongKeysPerSecondMax, wrong),
    refused: await wrong(-1),
    unseen: await unseen.get(types),
    known: await known.get(types),
    admin: await posthorn.api.get(types),
  }));
  expect(statuses(asked.answers, 401)).toBe(limits.wrongKeysPerSecondMax);
  expect(asked.refused.status).toBe(429);
  expect(asked.refused.row["code"]).toBe("PH_TOO_MANY_WRONG_KEYS");
  expect(asked.refused.headers.get("retry-after")).toBe("1");
  expect([asked.unseen.status, asked.known.status, asked.admin.status]).toEqual([429, 200, 200]);
  await nextSecond();
  expect((await unseen.get(types)).status).toBe(200);
});

test("guesses at the sign-in count, too", async () => {
  const posthorn = await start();
  const signIn = (key: string): Promise<Answered> => posthorn.api.post("/console/session", { key });
  const [answers, oneMore] = await withinOneSecond(async () => [
    await many(limits.wrongKeysPerSecondMax, (at) => signIn(`phk_wrong_${at}`)),
    await signIn("phk_wrong"),
  ]);
  expect(statuses(answers, 401)).toBe(limits.wrongKeysPerSecondMax);
  expect(oneMore.row["code"]).toBe("PH_TOO_MANY_WRONG_KEYS");
});

test("wrong keys count against the address that a trusted proxy names, and no other", async () => {
  const posthorn = await start({ POSTHORN_TRUST_PROXY: "127.0.0.0/8,::1" });
  const wrong = (at: number, from: string): Promise<Answered> =>
    posthorn.apiWith(`phk_wrong_${at}`).get(types, { "x-forwarded-for": from });
  const four = await withinOneSecond(async () => {
    await many(limits.wrongKeysPerSecondMax, (at) => wrong(at, "192.0.2.7"));
    return [await wrong(0, "192.0.2.7"), await wrong(0, "192.0.2.8")];
  });
  expect(four.map(({ status }) => status)).toEqual([429, 401]);
  // One customer's network can have 2^64 IPv6 addresses, so they count as one address.
  const six = await withinOneSecond(async () => {
    await many(limits.wrongKeysPerSecondMax, (at) => wrong(at, `2001:db8:1:2::${at}`));
    return [await wrong(0, "2001:db8:1:2:ffff::1"), await wrong(0, "2001:db8:1:3::1")];
  });
  expect(six.map(({ status }) => status)).toEqual([429, 401]);
});

test("without a trusted proxy, clients cannot choose their address", async () => {
  const posthorn = await start();
  const wrong = (at: number): Promise<Answered> =>
    posthorn.apiWith(`phk_wrong_${at}`).get(types, { "x-forwarded-for": `192.0.2.${at}` });
  const oneMore = await withinOneSecond(async () => {
    await many(limits.wrongKeysPerSecondMax, wrong);
    return wrong(100);
  });
  expect(oneMore.status).toBe(429);
});
