/** The checks of `posthorn doctor` in the database of `DATABASE_URL`. They change nothing there. */
import type { Config } from "../../config/config.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { reasonOf } from "../../errors/reasons.ts";
import { limits } from "../../limits.ts";
import { createSecretBox } from "../../model/secret-box.ts";
import { connectClient } from "../../postgres/clients.ts";
import type { Found } from "../../postgres/connection.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { newestMigration } from "../../postgres/migrate.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { startFailure } from "../../postgres/start-failures.ts";
import { findEncryptionKey } from "../../service/keys.ts";
import { fine, problem, type DoctorCheck } from "./check.ts";

interface Facts {
  readonly version: string;
  readonly version_number: number;
  readonly encoding: string;
  readonly database: string;
  readonly role: string;
  readonly size_bytes: string;
  readonly connections_max: number;
  readonly ssl: string | null;
  readonly now_ms: number;
  readonly is_local: boolean;
  readonly may_create: boolean;
  readonly has_schema: boolean;
  readonly has_tables: boolean;
}

const factsSql = `
select split_part(current_setting('server_version'), ' ', 1) as version,
       current_setting('server_version_num')::integer as version_number,
       current_setting('server_encoding') as encoding,
       current_database() as database, current_user as role,
       pg_database_size(current_database())::text as size_bytes,
       current_setting('max_connections')::integer as connections_max,
       (select version from pg_stat_ssl where pid = pg_backend_pid() and ssl) as ssl,
       extract(epoch from clock_timestamp())::float8 * 1000 as now_ms,
       inet_server_addr() is null or inet_server_addr() <<= '127.0.0.0/8' or
         inet_server_addr() = '::1' as is_local,
       coalesce(has_schema_privilege(to_regnamespace('posthorn')::oid, 'create'),
         has_database_privilege(current_database(), 'create')) as may_create,
       to_regnamespace('posthorn') is not null as has_schema,
       -- Unlike to_regclass, this needs no privilege on the schema.
       exists (select from pg_class where relname = 'migrations'
         and relnamespace = to_regnamespace('posthorn')) as has_tables`;

/** Runs all checks. If the database cannot be reached, returns one check with the error. */
export async function databaseChecks(
  config: Config,
  now: () => number,
): Promise<readonly DoctorCheck[]> {
  try {
    const found = await hostsOf(config.databaseUrl ?? "").find();
    const client = await connectClient(found, {
      name: "posthorn doctor",
      statementMs: limits.databaseStatementMs,
    });
    try {
      return await checksOf(client, found, config, now);
    } finally {
      await client.end();
    }
  } catch (thrown) {
    return [rejected("database", thrown)];
  }
}

/**
 * Runs one check. If the database rejects it, that is one problem, and must not hide the other
 * checks.
 */
async function unlessRejected(
  name: string,
  check: () => Promise<DoctorCheck>,
): Promise<DoctorCheck> {
  try {
    return await check();
  } catch (thrown) {
    return rejected(name, thrown);
  }
}

function rejected(name: string, thrown: unknown): DoctorCheck {
  const error = startFailure(thrown);
  if (error instanceof PosthornError) {
    return problem(name, `${error.message} (${error.code})`, error.hint ?? "");
  }
  return problem(name, reasonOf(error), "Start the database server, or correct DATABASE_URL.");
}

async function checksOf(
  client: Queryable,
  found: Found,
  config: Config,
  now: () => number,
): Promise<readonly DoctorCheck[]> {
  const beforeMs = now();
  const { rows } = await client.query<Facts>(factsSql);
  const middleMs = (beforeMs + now()) / 2;
  const [facts] = rows;
  if (facts === undefined) throw new Error("The database returned no facts.");
  const general = [
    versionCheck(facts),
    encodingCheck(facts),
    tlsCheck(facts),
    poolerCheck(found, config),
    grantsCheck(facts),
    clockCheck(facts.now_ms - middleMs),
    connectionsCheck(facts, config),
    fine("size", `${(Number(facts.size_bytes) / 1024 ** 3).toFixed(2)} GiB in ${facts.database}`),
  ];
  if (!facts.has_tables) {
    return [...general, fine("migrations", "none yet; the next start creates the tables")];
  }
  return [
    ...general,
    await unlessRejected("migrations", () => migrationsCheck(client)),
    await unlessRejected("secrets", () => keyCheck(client, config)),
  ];
}

function versionCheck({ version, version_number: number }: Facts): DoctorCheck {
  return number >= 150_000
    ? fine("version", `PostgreSQL ${version}`)
    : problem("version", `PostgreSQL ${version}`, "Upgrade the server to version 15 or later.");
}

function encodingCheck({ encoding, database }: Facts): DoctorCheck {
  const advice = `Create it anew: create database ${database} encoding 'UTF8' template template0;`;
  return encoding === "UTF8" ? fine("encoding", encoding) : problem("encoding", encoding, advice);
}

function tlsCheck({ ssl, is_local: isLocal }: Facts): DoctorCheck {
  if (ssl !== null) return fine("TLS", ssl);
  const advice = "Add sslmode=verify-full to DATABASE_URL, and enable TLS on the server.";
  return isLocal
    ? fine("TLS", "none, on this machine")
    : problem("TLS", "the connection is not encrypted", advice);
}

function poolerCheck({ pooling }: Found, { directUrl }: Config): DoctorCheck {
  if (pooling !== "transaction") return fine("pooler", pooling);
  if (directUrl !== null) return fine("pooler", "transaction mode, with POSTHORN_DIRECT_URL");
  const advice =
    "Set POSTHORN_DIRECT_URL to the server itself. Without it, Posthorn polls instead of listening.";
  return problem("pooler", "transaction mode, without POSTHORN_DIRECT_URL", advice);
}

function grantsCheck({ role, may_create: mayCreate, has_schema: hasSchema }: Facts): DoctorCheck {
  if (mayCreate) return fine("grants", `${role} may create Posthorn's tables`);
  const advice = hasSchema
    ? `As an administrator, run: alter schema posthorn owner to "${role}";`
    : `As an administrator, run: create schema posthorn authorization "${role}";`;
  return problem("grants", `${role} may not create Posthorn's tables`, advice);
}

function clockCheck(aheadMs: number): DoctorCheck {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const found =
    seconds === "0.0"
      ? "the database's clock and this machine's agree"
      : `the database is ${seconds} s ${aheadMs < 0 ? "behind" : "ahead"}`;
  const advice =
    "Synchronise both clocks with NTP. Receivers reject signatures that are five minutes off.";
  return Math.abs(aheadMs) <= limits.doctorClockMsMax
    ? fine("clock", found)
    : problem("clock", found, advice);
}

function connectionsCheck({ connections_max: most }: Facts, config: Config): DoctorCheck {
  const needed = config.databaseConnections;
  const found = `${needed} for each process; the server allows ${most}`;
  const advice = "Raise max_connections, or lower POSTHORN_DATABASE_CONNECTIONS.";
  return needed < most ? fine("connections", found) : problem("connections", found, advice);
}

async function migrationsCheck(client: Queryable): Promise<DoctorCheck> {
  const { rows } = await client.query<{ number: number | null }>(
    "select max(number) as number from posthorn.migrations",
  );
  const [applied, newest] = [rows[0]?.number ?? 0, await newestMigration()];
  const found = `${applied} of ${newest} applied`;
  if (applied > newest) {
    const advice = "Start the version of Posthorn that migrated it. Migrations cannot be reverted.";
    return problem("migrations", `the database is newer: ${applied}, not ${newest}`, advice);
  }
  const advice = "Run posthorn migrate, or start the service, which migrates as well.";
  return applied === newest ? fine("migrations", found) : problem("migrations", found, advice);
}

/** Compares the key's id with the id in the database, as a start does. */
async function keyCheck(client: Queryable, config: Config): Promise<DoctorCheck> {
  const name = "secrets";
  const { rows } = await client.query<{ value: string }>(
    "select value from posthorn.settings where name = 'encryption_key_id'",
  );
  const expected = rows[0]?.value;
  if (expected === undefined) return fine(name, "none are encrypted yet");
  const { key, place } = await findEncryptionKey(config);
  if (key === null) {
    const advice = "Set POSTHORN_ENCRYPTION_KEY to that key.";
    return problem(name, `encrypted with key ${expected}, and none is set`, advice);
  }
  const { keyIds } = createSecretBox(key, config.decryptionKeys);
  if (keyIds.includes(expected)) return fine(name, `encrypted with key ${expected}, in ${place}`);
  const advice = "Set POSTHORN_ENCRYPTION_KEY to that key, or add it to POSTHORN_DECRYPTION_KEYS.";
  return problem(name, `encrypted with key ${expected}, which is not set`, advice);
}
