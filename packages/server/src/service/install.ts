/**
 * Installs what a node needs in its database: contracts, the catalogue and the id of the encryption
 * key.
 */
import type { Contract } from "../contracts/contract.ts";
import type { PlatformKeys } from "../contracts/platform-keys.ts";
import { versionOf } from "../contracts/versions.ts";
import { PosthornError } from "../errors/catalogue.ts";
import type { SecretBox } from "../model/secret-box.ts";
import { inTransaction, type Client, type Pool } from "../postgres/pool.ts";
import { storeVersions, useVersion } from "./contract-versions.ts";
import { loadPresets, type LoadedPresets, type PresetsToLoad } from "./presets.ts";

export interface Installation extends PresetsToLoad {
  readonly contracts: ContractFiles;
  readonly platformKeys: PlatformKeys;
  readonly secretBox: SecretBox;
}

export interface Installed {
  /** True if no node has used this database before. */
  readonly isFirstStart: boolean;
  readonly presets: LoadedPresets;
  /** The id of each contract's version. */
  readonly contractVersions: ReadonlyMap<string, number>;
}

/** The contracts of which a node has files. */
export interface ContractFiles {
  readonly shipped: ReadonlyMap<string, Contract>;
  readonly folder: ReadonlyMap<string, Contract>;
}

/**
 * Writes the contracts of which this node has files, and loads the presets.
 *
 * @throws PosthornError `PH_ENCRYPTION_KEY_WRONG` if the database was set up with another key;
 *   `PH_CONTRACT_MISSING` if endpoints use contracts that this program lacks.
 */
export async function install(pool: Pool, installation: Installation): Promise<Installed> {
  return inTransaction(pool, async (transaction) => {
    await checkEncryptionKey(transaction, installation.secretBox);
    const contractVersions = await installContracts(transaction, installation);
    const { rowCount } = await transaction.query(
      "insert into posthorn.settings (name, value) values ('installed', '') on conflict do nothing",
    );
    const presets = await loadPresets(transaction, installation);
    return { isFirstStart: rowCount === 1, presets, contractVersions };
  });
}

async function installContracts(
  transaction: Client,
  { contracts: { shipped, folder }, platformKeys, nowMs }: Installation,
): Promise<ReadonlyMap<string, number>> {
  const files = [...shipped.values(), ...folder.values()];
  const versions = files.map((contract) => versionOf(contract, platformKeys));
  const ids = await storeVersions(transaction, versions, nowMs);
  await refuseStored(transaction, [...folder.keys()]);
  for (const [name, id] of ids) {
    await useVersion(transaction, name, folder.has(name) ? "folder" : "shipped", id);
  }
  await dropContracts(transaction, [...ids.keys()]);
  return ids;
}

/** A file must not replace what the API stores, because nobody would expect either to win. */
async function refuseStored(transaction: Client, folder: readonly string[]): Promise<void> {
  const { rows } = await transaction.query<{ name: string }>(
    "select name from posthorn.contracts where origin = 'api' and name = any ($1::text[])",
    [folder],
  );
  const [stored] = rows;
  if (stored === undefined) return;
  throw new PosthornError("PH_CONTRACT_INVALID", {
    contract: `${stored.name}.json`,
    reason: "the API stores a contract of this name",
  });
}

/**
 * Removes contracts' documents that this program lacks and no endpoint uses. The start fails if it
 * lacks a document that endpoints use, because all of their deliveries would fail.
 */
async function dropContracts(transaction: Client, known: readonly string[]): Promise<void> {
  const { rows } = await transaction.query<{ contract: string; endpoints: number }>(
    `select contract, count(*)::integer as endpoints from posthorn.endpoints
     where contract <> all ($1::text[]) and deleted_at is null
       and contract not in (select name from posthorn.contracts where origin = 'api')
     group by contract order by contract limit 10`,
    [known],
  );
  if (rows.length > 0) {
    throw new PosthornError("PH_CONTRACT_MISSING", {
      endpoints: rows.reduce((sum, { endpoints }) => sum + endpoints, 0),
      contracts: rows.map(({ contract }) => contract).join(", "),
    });
  }
  await transaction.query(
    `delete from posthorn.contracts where name <> all ($1::text[]) and origin <> 'api'
     and not exists (select from posthorn.endpoints where contract = contracts.name)`,
    [known],
  );
}

/**
 * Fails if this node lacks a key with which secrets are encrypted. The node that started last
 * re-encrypts all secrets with its key (`registry/rekey.ts`). A node without that key, or without
 * an earlier key that is still needed, must fail here and not at each delivery.
 */
export async function checkEncryptionKey(
  transaction: Client,
  { keyId, keyIds }: SecretBox,
): Promise<void> {
  const { rows: inserted } = await transaction.query(
    `insert into posthorn.settings (name, value) values ('encryption_key_id', $1)
     on conflict (name) do update set value = settings.value
     returning value`,
    [keyId],
  );
  const expected = (inserted as { value: string }[])[0]?.value ?? keyId;
  if (expected !== keyId) {
    if (!keyIds.includes(expected)) {
      throw new PosthornError("PH_ENCRYPTION_KEY_WRONG", { expected, given: keyId });
    }
    await transaction.query(
      `insert into posthorn.settings (name, value) values ('former_encryption_key/' || $1, '')
       on conflict do nothing`,
      [expected],
    );
    await transaction.query(
      "update posthorn.settings set value = $1 where name = 'encryption_key_id'",
      [keyId],
    );
  }
  await checkFormerKeys(transaction, keyIds);
}

async function checkFormerKeys(transaction: Client, keyIds: readonly string[]): Promise<void> {
  const { rows } = await transaction.query<{ missing: string; secrets: number }>(
    `select split_part(ciphertext, '.', 2) as missing, count(*)::integer as secrets
     from posthorn.endpoint_secrets
     where 'former_encryption_key/' || split_part(ciphertext, '.', 2)
             in (select name from posthorn.settings)
       and split_part(ciphertext, '.', 2) <> all ($1::text[])
     group by 1 order by 1`,
    [keyIds],
  );
  if (rows.length === 0) return;
  throw new PosthornError("PH_ENCRYPTION_KEY_MISSING", {
    missing: rows.map(({ missing }) => missing).join(", "),
    secrets: rows.reduce((sum, row) => sum + row.secrets, 0),
  });
}
