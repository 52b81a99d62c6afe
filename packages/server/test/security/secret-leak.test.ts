/**
 * Finds every place where secrets are visible. A real process gets canaries in all of its input,
 * and goes through success and failure. Then the test searches its output, database, responses and
 * metrics for each canary in every encoding. docs/security.md lists the places where canaries may
 * appear.
 */
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { variables } from "../../src/config/variables.ts";
import type { PosthornError } from "../../src/errors/catalogue.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { createTestDatabase, migratedTemplate } from "../../src/testing/test-database.ts";
import { runAll, type PrintedRun } from "../support/secret-leak-runs.ts";
import { searchFor, type Canary } from "../support/secret-leak-search.ts";
import { Tour } from "../support/secret-leak-tour.ts";
import { given, givenCanaries, startReceivers, Witness } from "../support/secret-leak-walk.ts";
import { makeReachableFolder, runCommand, type Run } from "../support/command.ts";
import { until } from "../support/receiver.ts";

/** All data that the tour produced. */
interface Remains {
  readonly output: string;
  readonly witness: Witness;
  readonly tour: Tour;
  /** Every row of every table in the database, as text. */
  readonly rows: readonly { readonly place: string; readonly text: string }[];
  readonly serverLog: string;
  /** The processes that the test started only to search their output. */
  readonly runs: readonly PrintedRun[];
  readonly search: ReturnType<typeof searchFor>;
}

let remains: Remains;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  remains = await takeTheTour();
}, 300_000);
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function takeTheTour(): Promise<Remains> {
  const database = await databaseWithPassword();
  const folder = await makeReachableFolder("posthorn-canary-");
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const service = runCommand("serve", { folder, environment: environmentOf(database.url) });
  cleanups.push(() => service.stop());
  const witness = new Witness(await urlOf(service));
  const receivers = await startReceivers();
  cleanups.push(() => receivers.close());
  const tour = new Tour(witness, receivers, database.admin, service.output);
  const environment = environmentOf(database.url);
  const running = runAll(folder, environment);
  // Waits until both have ended before it removes what they use.
  const ended = await Promise.allSettled([tour.go(), running]);
  for (const each of ended) if (each.status === "rejected") throw each.reason;
  const runs = await running;
  await service.stop();
  const canaries: readonly Canary[] = [...givenCanaries, ...tour.made];
  return {
    output: service.output(),
    witness,
    tour,
    rows: await everyRow(database.admin),
    serverLog: await logOf(database.admin),
    runs,
    search: searchFor(canaries),
  };
}

/** Creates a database whose owner has a canary as password. */
async function databaseWithPassword() {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  const database = await createTestDatabase(adminUrl, { template });
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const role = new URL(database.url).pathname.slice(1).replace("test", "canary");
  await admin.query(`create role ${role} superuser login password '${given.databasePassword}'`);
  cleanups.push(async () => {
    await admin.query(`reassign owned by ${role} to current_user`);
    await admin.query(`drop role ${role}`);
    await admin.end();
    await database.drop();
  });
  const url = new URL(database.url);
  url.username = role;
  url.password = given.databasePassword;
  return { admin, url: url.href };
}

function environmentOf(databaseUrl: string): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: databaseUrl,
    POSTHORN_ADMIN_KEY: given.adminKey,
    POSTHORN_ENCRYPTION_KEY: given.encryptionKey,
    POSTHORN_JWT_SECRET: given.jwtSecret,
    POSTHORN_LOG_LEVEL: "trace",
    POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
    POSTHORN_RETRY_SCHEDULE: "0s",
    POSTHORN_DRAIN: "2s",
  };
}

async function urlOf(service: Run): Promise<string> {
  await until(() => service.output().includes("posthorn is ready"), "readiness", 20_000);
  return /"url":"(http[^"]+)"/.exec(service.output())?.[1] ?? "";
}

/** Reads the tables from PostgreSQL's catalogue, so that no table or column is missed. */
async function everyRow(admin: pg.Client): Promise<Remains["rows"]> {
  const { rows: tables } = await admin.query<{ name: string; relation: string }>(
    `select table_name as name, quote_ident(table_schema) || '.' || quote_ident(table_name) as relation
     from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  const all: { place: string; text: string }[] = [];
  for (const { name, relation } of tables) {
    const { rows } = await admin.query<{ column: string; text: string }>(
      `select cell.key as column, cell.value::text as text
       from ${relation} as stored, json_each(to_json(stored)) as cell (key, value)
       where cell.value is not null`,
    );
    // Weekly partitions belong to their table: attempts_20261123 to attempts.
    const table = name.replace(/_(p?\d+|default)$/, "");
    all.push(...rows.map(({ column, text }) => ({ place: `${table}.${column}`, text })));
  }
  return all;
}

/** Reads the log of the test run's own PostgreSQL, which is in its data folder. */
async function logOf(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ data_directory: string }>("show data_directory");
  return readFile(path.join(rows[0]?.data_directory ?? "", "../postgres.log"), "latin1");
}

/** Rows that may contain canaries, each with the reason. */
const rowsThatHold: readonly string[] = [
  // The data of events, stored for as long as it can be delivered.
  "event data in events.data",
  // Each delivery sends this value, so a hash would not be enough: see docs/security.md.
  "header value in endpoint_history.headers",
  "header value in endpoints.headers",
  "url token in endpoint_history.url",
  "url token in endpoints.url",
  // The response of a receiver that echoes the whole request.
  "event data in attempts.exchange",
  "event data in deliveries.exchange",
  "header value in attempts.exchange",
  "header value in deliveries.exchange",
  "url token in attempts.exchange",
  "url token in deliveries.exchange",
];

const answersThatShow: readonly string[] = [
  // Shown once, to the caller who created the secret.
  "made secret to org by POST /rest/v1/rpc/rotate_secret",
  "org's key to operator by POST /rest/v1/api_keys",
  "other org's key to operator by POST /rest/v1/api_keys",
  "portal link to org by POST /rest/v1/rpc/portal_link",
  "publisher's key to operator by POST /rest/v1/api_keys",
  "rotated secret to org by POST /rest/v1/rpc/rotate_secret",
  "session cookie to nobody by POST /console/session",
  "signing secret to org by POST /rest/v1/webhook_endpoints",
  // An org's own settings and data, shown to its readers and to the operator.
  ...["operator", "org"].flatMap((who) => [
    `event data to ${who} by GET /rest/v1/webhook_attempts`,
    `event data to ${who} by GET /rest/v1/webhook_deliveries`,
    `event data to ${who} by GET /rest/v1/webhook_events`,
    `event data to ${who} by POST /rest/v1/rpc/sent_request`,
    `header value to ${who} by GET /rest/v1/webhook_attempts`,
    `header value to ${who} by GET /rest/v1/webhook_endpoints`,
    `url token to ${who} by GET /rest/v1/webhook_attempts`,
    `url token to ${who} by GET /rest/v1/webhook_endpoints`,
    `url token to ${who} by POST /rest/v1/rpc/endpoint_health`,
    `url token to ${who} by POST /rest/v1/rpc/explain`,
    `url token to ${who} by POST /rest/v1/rpc/sent_request`,
  ]),
  // Each of these responses returns a caller's own input to the same caller.
  "bad header value to org by POST /rest/v1/webhook_endpoints",
  "event data to publisher by POST /rest/v1/webhook_events",
  "header value to org by POST /rest/v1/webhook_endpoints",
  "url token to org by POST /rest/v1/rpc/check_endpoint_url",
  "url token to org by POST /rest/v1/webhook_endpoints",
  "wrong key to nobody by POST /console/session",
];

const sorted = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].toSorted();

test("the log at its most verbose level contains none of them", () => {
  const { output, search } = remains;
  // The log does contain successes, failures and faults, so the search is not run on an empty log.
  for (const told of ["attempt", "store failed", "a request failed", "posthorn is stopping"]) {
    expect(output).toContain(`"msg":"${told}"`);
  }
  expect(search("the log", output)).toEqual([]);
});

test("the log of Posthorn's own PostgreSQL server contains none of them", () => {
  const { serverLog, search } = remains;
  expect(serverLog).toContain("database system is ready");
  expect(search("the server's log", serverLog)).toEqual([]);
});

test("the database stores secrets encrypted and keys hashed, and no other column has them", () => {
  const { rows, search } = remains;
  const found = rows.flatMap(({ place, text }) => search(place, text));
  expect(sorted(found.map(({ canary, place }) => `${canary} in ${place}`))).toEqual(
    sorted(rowsThatHold),
  );
  const columns = new Set(rows.map(({ place }) => place));
  for (const kept of ["endpoint_secrets.ciphertext", "api_keys.key_hash"]) {
    expect(columns).toContain(kept);
  }
});

test("a response shows them only to those who may see them", () => {
  const { witness, search } = remains;
  const found = witness.answers.flatMap(({ who, what, text }) =>
    search("", text).map(({ canary }) => `${canary} to ${who} by ${what}`),
  );
  expect(sorted(found)).toEqual(sorted(answersThatShow));
});

test("a secret or key is shown once: in the response that created it", () => {
  const { witness, tour } = remains;
  const once = tour.made.filter(({ name }) => /key|link|cookie|made secret/.test(name));
  expect(once).toHaveLength(6);
  for (const canary of once) {
    const search = searchFor([canary]);
    const showing = witness.answers.filter(({ text }) => search("", text).length > 0);
    expect(showing, canary.name).toHaveLength(1);
  }
});

test("every response declares its media type, and forbids sniffing another", () => {
  const { witness } = remains;
  for (const { what, status, text } of witness.answers) {
    expect(text, what).toMatch(/^x-content-type-options: nosniff$/m);
    const isEmpty = status === 204 || /^content-length: 0$/m.test(text);
    if (!isEmpty) expect(text, what).toMatch(/^content-type: (application|text)\//m);
    // A URL that cannot be decoded is the client's mistake.
    if (what.includes("%")) expect(status, what).toBeLessThan(500);
  }
});

test("commands, their help, failed starts and crashes print none of them", () => {
  const { runs, search } = remains;
  for (const { name, output, expected } of runs) {
    expect(output, name).toContain(expected);
    expect(search(name, output), name).toEqual([]);
  }
});

test("an invalid variable is named without its value", () => {
  const { search } = remains;
  for (const { name } of Object.values(variables)) {
    for (const value of Object.values(given)) {
      try {
        readConfig({ allowCidrs: [], logLevel: "info" }, { [name]: `${value} "\n` });
      } catch (error) {
        expect(String(error)).toContain(name);
        expect(search(name, `${String(error)} ${(error as PosthornError).hint}`)).toEqual([]);
      }
    }
  }
});
