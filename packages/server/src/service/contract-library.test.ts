import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createPlatformKeys } from "../contracts/platform-keys.ts";
import { document } from "../contracts/testing/rendering.ts";
import { versionOf } from "../contracts/versions.ts";
import { limits } from "../limits.ts";
import { migrate } from "../postgres/migrate.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../testing/test-database.ts";
import { ContractLibrary } from "./contract-library.ts";
import { storeVersions } from "./contract-versions.ts";

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const platformKeys = createPlatformKeys([]);
const versionNamed = (name: string, title: string) =>
  versionOf({ ...document(), name, title }, platformKeys);

async function openLibrary(clock = { nowMs: 0 }): Promise<ContractLibrary> {
  return ContractLibrary.open({
    pool,
    clock: { now: () => clock.nowMs, monotonicMs: () => clock.nowMs },
    platformKeys,
    files: new Map(),
    fileVersions: new Map(),
    onError: (error) => {
      throw error;
    },
  });
}

describe("versions", () => {
  test("are stored once for each content, whoever stores them first", async () => {
    const [a, b] = [versionNamed("a", "A"), versionNamed("b", "B")];
    const clients = [await pool.connect(), await pool.connect()];
    try {
      const stored = await Promise.all(
        clients.map(async (client) => {
          await client.query("begin");
          const ids = await storeVersions(client, [a, b], 0);
          await client.query("commit");
          return ids;
        }),
      );
      expect(stored[0]).toEqual(stored[1]);
      expect(await storeVersions(pool, [versionNamed("a", "other")], 0)).not.toEqual(
        new Map([["a", stored[0]?.get("a")]]),
      );
    } finally {
      for (const client of clients) client.release();
    }
  });

  test("stay compiled up to contractVersionsCachedMax of them", async () => {
    const library = await openLibrary();
    const all = Array.from({ length: limits.contractVersionsCachedMax + 1 }, (_, index) =>
      versionNamed(`many-${index}`, "Many"),
    );
    const ids = [...(await storeVersions(pool, all, 0)).values()];
    const [first = 0] = ids;
    const before = await library.version(first);
    for (const id of ids.slice(0, -1)) await library.version(id);
    expect(await library.version(first)).toBe(before);
    await library.version(ids.at(-1) ?? 0);
    const again = await library.version(first);
    expect(again).not.toBe(before);
    expect(again?.contract.name).toBe("many-0");
    expect(await library.version(999_999)).toBeNull();
  });
});

test("a node looks for a contract at most once in contractSeekMs, and finds it", async () => {
  const clock = { nowMs: 1_000_000 };
  const library = await openLibrary(clock);
  await library.seek("late");
  expect(library.current.has("late")).toBe(false);
  const ids = await storeVersions(pool, [versionNamed("late", "Late")], 0);
  await pool.query("insert into posthorn.contracts values ('late', 'api', $1)", [ids.get("late")]);
  clock.nowMs += limits.contractSeekMs - 1;
  expect(library.seek("late")).toBeNull();
  clock.nowMs += 1;
  await library.seek("late");
  expect(library.current.get("late")?.version).toBe(ids.get("late"));
  expect(library.seek("late")).toBeNull();
});
