/**
 * Databases for tests. Each test file has its own, cloned from a template in tens of milliseconds.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export interface TestDatabase {
  readonly url: string;
  /** Removes the database. The server closes connections that stay open. */
  drop(): Promise<void>;
}

/**
 * Creates an empty database, or a clone of a template.
 * @param adminUrl the URL of a database on the server, with a user that may create others.
 * @param options.template the name that `migratedTemplate` returned.
 */
export async function createTestDatabase(
  adminUrl: string,
  options: { readonly template?: string } = {},
): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const template = options.template ?? "template1";
  // Copying files takes half as long as the default, which writes all pages to the log.
  await runAsAdmin(adminUrl, (admin) =>
    admin.query(
      `create database ${name} template ${pg.escapeIdentifier(template)} strategy file_copy`,
    ),
  );
  return {
    url: databaseUrl(adminUrl, name),
    drop: () =>
      runAsAdmin(adminUrl, async (admin) => {
        await waitForClosing(admin, name);
        await admin.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

const closingMs = 2_000;
const lookMs = 20;

/**
 * Waits until no connection to the database is left, but not for long. A pool has ended before its
 * connections are closed, and the server's last words on such a connection are an error that
 * nobody handles.
 */
async function waitForClosing(admin: pg.Client, name: string): Promise<void> {
  const deadlineMs = performance.now() + closingMs;
  while (performance.now() < deadlineMs) {
    const { rows } = await admin.query<{ count: number }>(
      "select count(*)::integer as count from pg_stat_activity where datname = $1",
      [name],
    );
    if (rows[0]?.count === 0) return;
    await sleep(lookMs);
  }
}

/**
 * Creates a template database once per server: the first caller runs `migrate`, and callers in all
 * workers wait for it.
 * @param migrate migrates the empty database at this URL, and closes its connections.
 * @param name distinguishes templates with different contents.
 * @returns the template's name, for `createTestDatabase`.
 */
export async function migratedTemplate(
  adminUrl: string,
  migrate: (url: string) => Promise<unknown>,
  name = "posthorn_template",
): Promise<string> {
  await runAsAdmin(adminUrl, async (admin) => {
    // The lock ends with the session. So if a worker dies here, the next one tries.
    await admin.query("select pg_advisory_lock(hashtext($1))", [name]);
    const { rowCount } = await admin.query("select from pg_database where datname = $1", [name]);
    if (rowCount !== 0) return;
    // A template gets its final name when it is complete, so a failed migration runs again.
    const unfinished = `${name}_unfinished`;
    await admin.query(`drop database if exists ${pg.escapeIdentifier(unfinished)} with (force)`);
    await admin.query(`create database ${pg.escapeIdentifier(unfinished)} template template1`);
    await migrate(databaseUrl(adminUrl, unfinished));
    const [from, to] = [pg.escapeIdentifier(unfinished), pg.escapeIdentifier(name)];
    await admin.query(`alter database ${from} rename to ${to}`);
    // Cloning fails while there is a connection to the template, so connections are forbidden.
    await admin.query(`alter database ${to} allow_connections false`);
  });
  return name;
}

function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function runAsAdmin<T>(url: string, use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}
