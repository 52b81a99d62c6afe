/** Stores versions of contracts. Each different content is stored once. */
import type { ContractVersion, VersionKey } from "../contracts/versions.ts";
import type { Queryable } from "../postgres/pool.ts";
import { apiTimestamp } from "../postgres/timestamp.ts";

/** The advisory lock of transactions that add versions, so that two never choose the same id. */
const lockKey = 8_420_004;

/**
 * Stores the versions that are new.
 *
 * @returns the ids of all of them, by name.
 */
export async function storeVersions(
  transaction: Queryable,
  versions: readonly ContractVersion[],
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const known = await knownIds(transaction, versions);
  if (known.size < versions.length) {
    await transaction.query("select pg_advisory_xact_lock($1)", [lockKey]);
    // Another node may have stored some before it released the lock.
    for (const [hash, id] of await knownIds(transaction, versions)) known.set(hash, id);
    const { rows } = await transaction.query<{ last: number }>(
      "select coalesce(max(id), 0) as last from posthorn.contract_versions",
    );
    let id = rows[0]?.last ?? 0;
    for (const version of versions.filter(({ hash }) => !known.has(hash))) {
      id += 1;
      await insertVersion(transaction, id, version, nowMs);
      known.set(version.hash, id);
    }
  }
  return new Map(versions.map(({ name, hash }) => [name, known.get(hash) ?? 0]));
}

async function knownIds(
  transaction: Queryable,
  versions: readonly ContractVersion[],
): Promise<Map<string, number>> {
  const { rows } = await transaction.query<{ hash: string; id: number }>(
    "select hash, id from posthorn.contract_versions where hash = any ($1::text[])",
    [versions.map(({ hash }) => hash)],
  );
  return new Map(rows.map(({ hash, id }) => [hash, id]));
}

async function insertVersion(
  transaction: Queryable,
  id: number,
  version: ContractVersion,
  nowMs: number,
): Promise<void> {
  const { signingKeys } = version;
  await transaction.query(
    `insert into posthorn.contract_versions
       (id, hash, name, document, sender_version, signing_keys, body, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      version.hash,
      version.name,
      version.documentText,
      version.senderVersion,
      signingKeys === null ? null : JSON.stringify(signingKeys),
      version.bodyText,
      apiTimestamp(nowMs),
    ],
  );
}

export interface StoredVersion {
  readonly documentText: string;
  readonly senderVersion: string;
  readonly signingKeys: readonly VersionKey[] | null;
}

/** @returns null if there is no such version. */
export async function readVersion(database: Queryable, id: number): Promise<StoredVersion | null> {
  const { rows } = await database.query<{
    document: string;
    sender_version: string;
    signing_keys: readonly VersionKey[] | null;
  }>(
    `select document::text as document, sender_version, signing_keys
     from posthorn.contract_versions where id = $1`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const { document, sender_version: senderVersion, signing_keys: signingKeys } = row;
  return { documentText: document, senderVersion, signingKeys };
}

export interface StoredContract {
  readonly name: string;
  readonly documentText: string;
}

/** The contracts in the database that a node does not have as files. */
export async function otherContracts(
  database: Queryable,
  files: Iterable<string>,
): Promise<readonly StoredContract[]> {
  const { rows } = await database.query<{ name: string; document: string }>(
    `select contract.name, version.document::text as document
     from posthorn.contracts as contract
     join posthorn.contract_versions as version on version.id = contract.version
     where contract.name <> all ($1::text[]) order by contract.name`,
    [[...files]],
  );
  return rows.map(({ name, document }) => ({ name, documentText: document }));
}

export type ContractOrigin = "shipped" | "folder" | "api";

/** Makes a version the one that endpoints with this contract use. */
export async function useVersion(
  transaction: Queryable,
  name: string,
  origin: ContractOrigin,
  version: number,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.contracts (name, origin, version) values ($1, $2, $3)
     on conflict (name) do update set origin = excluded.origin, version = excluded.version`,
    [name, origin, version],
  );
}
