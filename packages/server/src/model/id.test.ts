import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../postgres/migrate.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../testing/test-database.ts";
import { parseOrgId } from "./org-id.ts";
import { attemptId, deliveryId, leaseId, leaseTag, uuidFloor, uuidTimeMs, uuidV7 } from "./id.ts";

const v7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("ids are UUID v7, and sort by time", () => {
  const times = Array.from({ length: 50 }, (_, index) => 1_700_000_000_000 + index * 7);
  const ids = times.map((timeMs) => uuidV7(timeMs, randomBytes(10)));
  for (const [index, id] of ids.entries()) {
    expect(id).toMatch(v7);
    expect(uuidTimeMs(id)).toBe(times[index]);
  }
  expect(ids.toSorted()).toEqual(ids);
});

describe("SQL computes the same", () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    const adminUrl = inject("postgresUrl");
    const template = await migratedTemplate(adminUrl, migrate);
    database = await createTestDatabase(adminUrl, { template });
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const ask = async (expression: string, values: readonly unknown[]): Promise<unknown> => {
    const { rows } = await client.query<{ answer: unknown }>(`select ${expression} as answer`, [
      ...values,
    ]);
    return rows[0]?.answer;
  };

  test("deliveries' and attempts' ids", async () => {
    for (let count = 0; count < 20; count += 1) {
      const eventId = uuidV7(Date.now(), randomBytes(10));
      const endpointId = randomUUID();
      const id = deliveryId(eventId, endpointId);
      expect(await ask("posthorn.delivery_id($1, $2)", [eventId, endpointId])).toBe(id);
      for (const number of [1, 16, 255]) {
        const attempt = await ask("posthorn.attempt_id($1, $2::smallint)", [id, number]);
        expect(attempt).toBe(attemptId(id, number));
      }
      const isBetween = await ask(
        "$2::uuid between posthorn.delivery_id_least($1) and posthorn.delivery_id_greatest($1)",
        [eventId, id],
      );
      expect(isBetween).toBe(true);
    }
  });

  test("the ids of a node's leases", async () => {
    const nodeId = uuidV7(Date.now(), randomBytes(10));
    const id = leaseId(nodeId, randomBytes(8));
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(id.startsWith(`${leaseTag(nodeId)}-`)).toBe(true);
    expect(await ask("posthorn.lease_tag($1)", [nodeId])).toBe(leaseTag(nodeId));
  });

  test("the ids of orgs, for any text", async () => {
    const uuid = randomUUID();
    const given = ["cus_123", "42", " ", "a b", "Zu\u0308rich", "Zürich", "🦊", "組", uuid];
    given.push(uuid.toUpperCase(), uuid.replaceAll("-", ""), `${uuid} `, `{${uuid}}`, `${uuid}\n`);
    given.push(...fc.sample(fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 }), 200));
    const texts = given.filter((text) => text.isWellFormed() && !text.includes("\u0000"));
    const ids = await ask("array(select posthorn.org_id(t) from unnest($1::text[]) as t)", [texts]);
    expect(ids).toEqual(texts.map((text) => parseOrgId(text).id));
    expect(parseOrgId("cus_123")).toEqual({
      id: "a292cac1-3f78-8f26-b9ec-8aa3b3103b52",
      externalId: "cus_123",
    });
    expect(parseOrgId(uuid.toUpperCase())).toEqual({ id: uuid, externalId: null });
  });

  test("the least id of a millisecond", async () => {
    for (const timeMs of [0, 1, 1_700_000_000_123, Date.UTC(9999, 11, 31)]) {
      const at = new Date(timeMs).toISOString();
      expect(await ask("posthorn.uuid_floor($1::timestamptz)", [at])).toBe(uuidFloor(timeMs));
    }
  });

  test("a UUID v7, of the same time", async () => {
    const id = String(await ask("posthorn.uuid_v7($1::timestamptz)", ["2026-03-22T12:00:00.123Z"]));
    expect(id).toMatch(v7);
    expect(uuidTimeMs(id)).toBe(Date.UTC(2026, 2, 22, 12, 0, 0, 123));
  });
});
