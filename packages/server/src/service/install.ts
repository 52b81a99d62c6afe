/**
 * Installs what a node needs in its database: contracts, the catalogue and the id of the encryption
 * key.
 */
import type { Contract } from "../contracts/contract.ts";
import type { PublicKeys } from "../model/public-keys.ts";
import { PosthornError } from "../errors/catalogue.ts";
import type { SecretBox } from "../model/secret-box.ts";
import { inTransaction, type Client, type Pool } from "../postgres/pool.ts";
import { recordContractChanges } from "./contract-changes.ts";
import { loadPresets, type LoadedPresets, type PresetsToLoad } from "./presets.ts";

export interface Installation extends PresetsToLoad {
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly publicKeys: PublicKeys;
  readonly secretBox: SecretBox;
}

export interface Installed {
  /** True if no node has used this database before. */
  readonly isFirstStart: boolean;
  readonly presets: LoadedPresets;
  /** Since when each contract sends as it does now, in milliseconds since the epoch. */
  readonly contractsSinceMs: ReadonlyMap<string, number>;
}

/**
 * Writes the contracts, which are part of the program and so replaced at each start, and loads the
 * presets.
 *
 * @throws PosthornError `PH_ENCRYPTION_KEY_WRONG` if the database was set up with another key;
 *   `PH_CONTRACT_MISSING` if endpoints use contracts that this program lacks.
 */
export async function install(pool: Pool, installation: Installation): Promise<Installed> {
  return inTransaction(pool, async (transaction) => {
    await checkEncryptionKey(transaction, installation.secretBox);
    await transaction.query(
      `insert into posthorn.contracts (name, document)
       select name, document::json from unnest($1::text[], $2::text[]) as given (name, document)
       on conflict (name) do update set document = excluded.document`,
      [
        [...installation.contracts.keys()],
        [...installation.contracts.values()].map((contract) => JSON.stringify(contract)),
      ],
    );
    await dropContracts(transaction, [...installation.contracts.keys()]);
    const { rowCount } = await transaction.query(
      "insert into posthorn.settings (name, value) values ('installed', '') on conflict do nothing",
    );
    const presets = await loadPresets(transaction, installation);
    const { contracts, publicKeys, nowMs } = installation;
    const contractsSinceMs = await recordContractChanges(transaction, contracts, publicKeys, nowMs);
    return { isFirstStart: rowCount === 1, presets, contractsSinceMs };
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
    `delete from posthorn.contracts where name <> all ($1::text[])
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
