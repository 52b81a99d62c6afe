/**
 * Publishing in SQL rejects the same events as HTTP, so an event that cannot be read is never
 * stored.
 */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

const role = "posthorn_test_publisher";

let posthorn: TestService;
let receiver: Receiver;
let application: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  application = await connectAsPublisher();
});
afterAll(async () => {
  await application.query("reset role");
  await application.query(`drop owned by ${role}`);
  await application.query(`drop role ${role}`);
  await application.end();
  await posthorn.close();
  await receiver.close();
});

/** Connects as a role whose only right is to execute the publish function. */
async function connectAsPublisher(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: posthorn.databaseUrl });
  await client.connect();
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role]);
  if (rowCount === 0) await client.query(`create role ${role}`);
  await client.query(`grant usage on schema posthorn to ${role}`);
  await client.query(`grant execute on function posthorn.publish to ${role}`);
  await client.query(`set role ${role}`);
  return client;
}

let orgId: string;
beforeEach(() => {
  orgId = posthorn.newOrg();
});

interface Given {
  readonly data?: string;
  readonly at?: string | null;
  readonly key?: string | null;
}

async function publish(given: Given, client = application): Promise<string> {
  const { data = '{"scan_id":"s-1"}', at = null, key = null } = given;
  const { rows } = await client.query<{ id: string }>(
    "select posthorn.publish($1, 'scan.completed', $2, $3, $4) as id",
    [orgId, data, at, key],
  );
  return rows[0]!.id;
}

/** Publishes the same event over HTTP, and returns the response's status. */
async function publishOverHttp({ data = '{"scan_id":"s-1"}', at, key }: Given): Promise<number> {
  const members = [
    `"org_id":"${orgId}"`,
    '"event_type":"scan.completed"',
    `"data":${data}`,
    ...(at == null ? [] : [`"timestamp":${JSON.stringify(at)}`]),
    ...(key == null ? [] : [`"idempotency_key":${JSON.stringify(key)}`]),
  ];
  const { status } = await posthorn.api.post("/rest/v1/webhook_events", `{${members.join(",")}}`);
  return status;
}

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const nestedObjects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

describe("rejected, with the SQLSTATE", () => {
  const refused: readonly (readonly [string, Given, string])[] = [
    ["an infinite timestamp", { at: "infinity" }, "22008"],
    ["a timestamp of minus infinity", { at: "-infinity" }, "22008"],
    ["a timestamp before Christ", { at: "0001-12-31 00:00:00+00 BC" }, "22008"],
    ["a timestamp that is before the year 1 in UTC", { at: "0001-01-01 00:00:00+01" }, "22008"],
    ["a timestamp after 9999", { at: "10000-01-01 00:00:00+00" }, "22008"],
    ["a timestamp that is after 9999 in UTC", { at: "9999-12-31 23:59:59-01" }, "22008"],
    ["a key that is too long", { key: "k".repeat(limits.idempotencyKeyCharsMax + 1) }, "54000"],
    ["an empty key", { key: "" }, "22023"],
    ["a key of too many wide characters", { key: "\u{1f4ef}".repeat(129) }, "54000"],
    ["arrays that nest too deep", { data: nested(limits.jsonDepthMax + 1) }, "54000"],
    ["objects that nest too deep", { data: nestedObjects(limits.jsonDepthMax + 1) }, "54000"],
    ["data that is null in JSON", { data: "null" }, "22004"],
    ["data that is too long", { data: `"${"x".repeat(limits.bodyBytesMax - 1)}"` }, "54000"],
    ["U+0000, which jsonb cannot hold", { data: '"\\u0000"' }, "22P05"],
  ];
  test.each(refused)("%s", async (_, given, code) => {
    await expect(publish(given)).rejects.toMatchObject({ code });
  });

  // The cases that HTTP must reject, too. HTTP accepts U+0000 in data, because it stores the data
  // as text.
  const alsoOverHttp = refused.filter(([name]) => !/U\+0000|infinit|Christ|after 9999$/.test(name));
  test.each(alsoOverHttp)("%s: HTTP rejects it, too", async (_, given) => {
    expect(await publishOverHttp(given)).toBeGreaterThanOrEqual(400);
  });
});

describe("values at the limits are published and delivered", () => {
  test.each<readonly [string, Given]>([
    ["the first moment", { at: "0001-01-01 00:00:00+00" }],
    ["the last moment", { at: "9999-12-31 23:59:59.999+00" }],
    ["the longest key", { key: "k".repeat(limits.idempotencyKeyCharsMax) }],
    ["the longest key of wide characters", { key: "\u{1f4ef}".repeat(128) }],
    ["the deepest arrays", { data: nested(limits.jsonDepthMax) }],
    ["the deepest objects", { data: nestedObjects(limits.jsonDepthMax) }],
    ["many arrays side by side", { data: `[${"[],".repeat(600)}[]]` }],
    ["the longest data", { data: `"${"x".repeat(limits.bodyBytesMax - 2)}"` }],
    ["data that is no object", { data: "17" }],
  ])("%s", async (_, given) => {
    const path = `/${orgId}`;
    const url = receiver.url + path;
    await posthorn.api.post("/rest/v1/webhook_endpoints", { org_id: orgId, url });
    const id = await publish(given);
    await until(() => receiver.received.some((each) => each.path === path), "the delivery");
    const arrived = receiver.received.find((each) => each.path === path)!;
    expect(arrived.headers["webhook-id"]).toBe(id);
  });
});

test("a key means the same event in sessions of every time zone", async () => {
  const other = await connectAsPublisher();
  try {
    await other.query("set timezone = 'America/New_York'");
    await other.query("set datestyle = 'German'");
    const at = "2026-01-02 03:04:05.678+00";
    expect(await publish({ key: "k", at }, other)).toBe(await publish({ key: "k", at }));
  } finally {
    await other.end();
  }
});

describe("after the weeks created in advance have passed", () => {
  /**
   * Creates the state after five weeks without the service: no partition exists for this week or
   * later.
   */
  async function dropWeeks(): Promise<void> {
    const owner = new pg.Client({ connectionString: posthorn.databaseUrl });
    await owner.connect();
    const { rows } = await owner.query<{ name: string }>(
      "delete from posthorn.partitions where until > now() returning name",
    );
    for (const { name } of rows) await owner.query(`drop table posthorn.${name}`);
    await owner.end();
  }

  const weeksSql = `select parent, since, until, until - since as length
                    from posthorn.partitions where until > now() order by parent, since`;

  test.each(["read committed", "repeatable read"])(
    "two concurrent transactions (%s) create them, and both commit",
    async (isolation) => {
      // Publishes once, so that the org exists before the two transactions start. A serializable
      // transaction could not see an org that the other one inserts.
      const ids = [await publish({})];
      await dropWeeks();
      const other = await connectAsPublisher();
      try {
        for (const client of [application, other]) {
          // In a time zone with daylight saving time, some weeks are not 168 hours long.
          await client.query("set timezone = 'Europe/Berlin'");
          await client.query(`begin isolation level ${isolation}`);
          await client.query("select 1");
        }
        const first = await publish({});
        const second = publish({}, other);
        await application.query("commit");
        ids.push(first, await second);
        await other.query("commit");
        ids.push(await publish({}));
        const stored = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
        // The first event is missing, because its week was dropped.
        expect(new Set(stored.rows.map(({ id }) => id))).toEqual(new Set(ids.slice(1)));
      } finally {
        await other.end();
        await application.query("reset timezone");
      }
      const { rows } = await posthorn.service.pool.query<{ length: { days: number } }>(weeksSql);
      expect(rows.length).toBeGreaterThanOrEqual(15);
      expect(rows.every(({ length }) => length.days === 7)).toBe(true);
    },
  );

  test("after a rollback, the next transaction creates them", async () => {
    await dropWeeks();
    await application.query("begin");
    await publish({});
    await application.query("rollback");
    await publish({});
    const stored = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
    expect(stored.rows).toHaveLength(1);
  });

  test("a publish over HTTP creates them as well", async () => {
    await dropWeeks();
    expect(await publishOverHttp({})).toBe(201);
  });
});
