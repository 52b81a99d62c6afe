import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { loadContracts } from "../contracts/load.ts";
import { migrate } from "../postgres/migrate.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../testing/test-database.ts";
import { recordContractChanges } from "./contract-changes.ts";

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  database = await createTestDatabase(adminUrl, {
    template: await migratedTemplate(adminUrl, migrate),
  });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test("a contract counts from the start that changed its document, or the key that signs it", async () => {
  const cda = loadContracts().get("cda");
  if (cda === undefined) throw new Error("There is no cda.");
  const byKey = { ...cda, headers: { "x-a": "{signature.a}" } };
  const signed = { ...byKey, signatures: { a: { algorithm: "ed25519" as const } } };
  const start = async (nowMs: number, titles: readonly string[], kid: string) => {
    const [one = "", other = ""] = titles;
    const contracts = new Map([
      ["one", { ...cda, title: one }],
      ["other", { ...signed, title: other }],
    ]);
    const since = await recordContractChanges(client, contracts, { keys: [{ kid }] }, nowMs);
    return [since.get("one"), since.get("other")];
  };
  expect(await start(1_000, ["a", "a"], "k")).toEqual([1_000, 1_000]);
  expect(await start(2_000, ["a", "a"], "k")).toEqual([1_000, 1_000]);
  expect(await start(3_000, ["b", "a"], "k")).toEqual([3_000, 1_000]);
  expect(await start(4_000, ["b", "a"], "new")).toEqual([3_000, 4_000]);
});
