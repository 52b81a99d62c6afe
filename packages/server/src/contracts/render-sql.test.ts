/**
 * The database renders a delivery's payload to show it. The bytes must equal those that were sent.
 */
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate } from "../postgres/migrate.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../testing/test-database.ts";
import type { BodyTemplate, Contract } from "./contract.ts";
import { loadContracts } from "./load.ts";
import { compileContract, type RenderedEvent } from "./render.ts";

const contracts = [...loadContracts().values()];

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

async function renderedBySql(contract: Contract, event: RenderedEvent): Promise<string> {
  const { rows } = await client.query<{ body: string }>(
    `select posthorn.render_body($1::json -> 'body', $2, $3, $4, $5::json, $6)::text as body`,
    [
      JSON.stringify(contract),
      event.id,
      event.type,
      new Date(event.timestampMs).toISOString(),
      event.dataJson,
      event.externalId ?? null,
    ],
  );
  return rows[0]?.body ?? "";
}

/** Text that PostgreSQL can store: anything except U+0000 and lone surrogates. */
const storableText = fc
  .string({ unit: "grapheme-composite", maxLength: 30 })
  .filter((text) => !text.includes("\u0000"));

const controlCharacters = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code))
  .slice(1)
  .join("");

const anyEvent: fc.Arbitrary<RenderedEvent> = fc.record({
  id: fc.uuid(),
  externalId: fc.option<string>(
    fc.oneof(fc.uuid(), fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/), fc.constant("{event.id}")),
  ),
  type: fc.oneof(storableText, fc.constant(`"\\/<>\u007f\u2028${controlCharacters}`)),
  timestampMs: fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(9999, 11, 31) }),
  dataJson: fc.oneof(
    fc.json({ maxDepth: 3 }).filter((text) => !text.includes("\\u0000")),
    fc.constantFrom(
      ' { "a" : [ 1 , {"b": 12345678901234567890, "b":" \\u00e9\\n" } ] ,"b":[ ] } ',
      '{"a":{"1":{"b":[1,2 ]}},"b":null,"a":{"1":{"b":-0.50}}}',
      '["x",{"a":"y"}]',
      '"a text"',
    ),
    fc.constantFrom(' { "a" :1.50,"a": 1e400 } ', "null", '"{event.id}"', "[]", "-0"),
  ),
});

test.each(contracts)("for $name, whatever the event", async (contract) => {
  const compiled = compileContract(contract);
  await fc.assert(
    fc.asyncProperty(anyEvent, async (event) => {
      expect(await renderedBySql(contract, event)).toBe(compiled.sharedBody(event));
    }),
    { numRuns: 60 },
  );
});

test("for any template that a contract may have", async () => {
  const leaf = fc.oneof(
    fc.constantFrom(
      "{event.id}",
      "{event.type}",
      "{event.timestamp}",
      "{event.timestamp_seconds}",
      "{event.data}",
      "{event.timestamp_ms}",
      "{event.data.a}",
      "{event.data.a.1.b}",
      "{event.id} {event.id_as_uuid} {event.uuid} of {event.type}: {event.data.a}, {event.data.b}",
    ),
    storableText.filter((text) => !/[{}]/.test(text)),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(true, false, null),
  );
  const { template } = fc.letrec<{ template: BodyTemplate }>((tie) => ({
    template: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.dictionary(storableText, tie("template"), { minKeys: 1, maxKeys: 4 }),
      fc.array(tie("template"), { maxLength: 3 }),
    ),
  }));
  const [contract] = contracts;
  if (contract === undefined) throw new Error("There is no contract.");
  await fc.assert(
    fc.asyncProperty(template, anyEvent, async (body, event) => {
      const any = { ...contract, body };
      expect(await renderedBySql(any, event)).toBe(compileContract(any).sharedBody(event));
    }),
    { numRuns: 100 },
  );
});
