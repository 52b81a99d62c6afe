/** Changes the encryption key step by step as in docs/operators/keys.md, while events flow. */
import { randomBytes } from "node:crypto";
import { verifyStandardWebhook } from "@posthorn/consumer";
import { afterEach, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { createSecretBox, sealNonceBytes } from "../../src/model/secret-box.ts";
import { rekeySome } from "../../src/registry/index.ts";
import { rekeyAll } from "../../src/commands/rekey.ts";
import { startService, type Service } from "../../src/service/compose.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, startTestService, type TestService } from "../support/service.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const newKey = (): string => randomBytes(32).toString("base64");
const [before, after] = [newKey(), newKey()];

async function begin(): Promise<{ posthorn: TestService; receiver: Receiver }> {
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  const posthorn = await startTestService({ environment: { POSTHORN_ENCRYPTION_KEY: before } });
  cleanups.push(() => posthorn.close());
  return { posthorn, receiver };
}

/** Starts a node on the same database with these encryption keys. */
async function node(
  { databaseUrl }: TestService,
  key: string,
  others: readonly string[],
): Promise<Service & { stop(): Promise<void> }> {
  const service = await startService(
    readConfig(
      { allowCidrs: ["127.0.0.0/8"], logLevel: "silent" },
      {
        DATABASE_URL: databaseUrl,
        POSTHORN_PORT: "0",
        POSTHORN_ADMIN_KEY: adminKey,
        POSTHORN_ENCRYPTION_KEY: key,
        POSTHORN_DECRYPTION_KEYS: others.join(","),
        POSTHORN_DRAIN: "2s",
      },
    ),
  );
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await service.close();
    isStopped = true;
  };
  cleanups.push(stop);
  return { ...service, stop };
}

async function sealedWith({ pool }: Pick<Service, "pool">): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select distinct split_part(ciphertext, '.', 2) as id from posthorn.endpoint_secrets order by 1`,
  );
  return rows.map(({ id }) => id);
}

const idOf = (key: string): string => createSecretBox(key).keyId;

test("step by step, while events are published, every delivery succeeds with a correct signature", async () => {
  const { posthorn, receiver } = await begin();
  const subscribed = await subscribe(posthorn, `${receiver.url}/hook`, { contract: "standard" });
  const { orgId, endpointId, secret } = subscribed;
  for (let more = 0; more < 20; more += 1) await subscribe(posthorn, `${receiver.url}/other`);
  const published: string[] = [];
  let url = posthorn.service.url;
  const flowing = { is: true };
  const flow = (async () => {
    while (flowing.is) published.push(await publish(apiOf(url, adminKey), orgId));
  })();

  /** When this function returns, the previous node has responded to all earlier requests. */
  const flowsTo = async (next: Service): Promise<void> => {
    url = next.url;
    const count = published.length;
    await until(() => published.length > count + 1, "events over the other node");
  };

  // Step 1: every node restarts with the new key as its second key, so it can read secrets sealed
  // with it.
  const first = await node(posthorn, before, [after]);
  await flowsTo(first);
  await posthorn.service.close();
  // Step 2: nodes encrypt with the new key, while a node of step 1 still runs.
  const second = await node(posthorn, after, [before]);
  await until(async () => (await sealedWith(second)).join() === idOf(after), "re-encrypted");
  await flowsTo(second);
  await first.stop();
  const { text } = await apiOf(second.url, adminKey).get("/metrics");
  expect(text).toMatch(/^posthorn_secrets_under_other_keys 0$/m);
  flowing.is = false;
  await flow;
  await second.stop();
  // Step 3: nodes restart without the old key.
  const last = await node(posthorn, after, []);
  const api = apiOf(last.url, adminKey);
  published.push(await publish(api, orgId));

  expect(published.length).toBeGreaterThan(10);
  const arrived = (): ReadonlySet<unknown> =>
    new Set(receiver.received.map(({ headers }) => headers["webhook-id"]));
  await until(() => published.every((id) => arrived().has(id)), "all there");
  for (const { headers, body, path } of receiver.received) {
    if (path === "/hook") verifyStandardWebhook({ secrets: [secret], headers, body });
  }
  const attempts = await api.get(`/rest/v1/webhook_attempts?endpoint_id=eq.${endpointId}`);
  expect(attempts.rows.every((row) => row["response_status"] === 200)).toBe(true);
  // The request of an attempt from before the change can still be shown, with its signature.
  const early = `event_id=eq.${published[0]}&order=id&limit=1`;
  const attempt = (await api.get(`/rest/v1/webhook_attempts?${early}`)).row;
  const sent = await api.post("/rest/v1/rpc/sent_request", { attempt_id: attempt.id });
  expect(sent.text).toContain(receiver.received[0]?.headers["webhook-signature"]);
});

test("a node without the current key does not start, and names the missing key", async () => {
  const { posthorn, receiver } = await begin();
  await subscribe(posthorn, `${receiver.url}/hook`);
  await expect(node(posthorn, after, [])).rejects.toMatchObject({
    code: "PH_ENCRYPTION_KEY_WRONG",
    message: expect.stringContaining(idOf(before)) as string,
  });
});

test("a node without an earlier key that secrets still use does not start", async () => {
  const { posthorn, receiver } = await begin();
  await subscribe(posthorn, `${receiver.url}/hook`);
  const { pool } = posthorn.service;
  const changing = await node(posthorn, after, [before]);
  await until(async () => (await sealedWith(changing)).join() === idOf(after), "re-encrypted");
  await changing.stop();
  // Writes a secret as a node with the previous key could have done a moment ago.
  await pool.query("update posthorn.endpoint_secrets set ciphertext = $1", [
    createSecretBox(before).seal("whsec_", randomBytes(sealNonceBytes)),
  ]);
  await expect(node(posthorn, after, [])).rejects.toMatchObject({
    code: "PH_ENCRYPTION_KEY_MISSING",
    message: expect.stringMatching(new RegExp(`^1 endpoint secrets .*${idOf(before)}`)) as string,
  });
  expect(
    await rekeyAll(posthorn.databaseUrl, { encryptionKey: after, decryptionKeys: [before] }),
  ).toEqual({ changed: 1, left: 0 });
  await node(posthorn, after, []);
});

test("nodes with different keys do not undo each other's work", async () => {
  const { posthorn, receiver } = await begin();
  for (let more = 0; more < 5; more += 1) await subscribe(posthorn, `${receiver.url}/hook`);
  await node(posthorn, before, [after]);
  const latest = await node(posthorn, after, [before]);
  await until(async () => (await sealedWith(latest)).join() === idOf(after), "re-encrypted");
  // Does the same work as the other node's periodic check.
  const keys = { secretBox: createSecretBox(before, [after]), database: latest.pool };
  const random = { fraction: Math.random, bytes: (count: number) => randomBytes(count) };
  expect(await rekeySome({ ...keys, random }, 100, new Set())).toEqual({
    changed: 0,
    isDone: true,
  });
});

test("a corrupt value is skipped: all others are sealed with the new key", async () => {
  const { posthorn, receiver } = await begin();
  const broken = await subscribe(posthorn, `${receiver.url}/broken`);
  for (let more = 0; more < 5; more += 1) await subscribe(posthorn, `${receiver.url}/hook`);
  await posthorn.service.pool.query(
    "update posthorn.endpoint_secrets set ciphertext = $2 where endpoint_id = $1",
    [broken.endpointId, `v1.${idOf(before)}.${Buffer.alloc(60).toString("base64url")}`],
  );
  const keys = { encryptionKey: after, decryptionKeys: [before] };
  expect(await rekeyAll(posthorn.databaseUrl, keys)).toEqual({ changed: 5, left: 1 });
});
