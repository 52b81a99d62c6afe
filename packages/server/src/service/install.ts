/** Installs what a node needs in its database: contracts, catalogue, the right key. */
import type { Contract } from "../contracts/contract.ts";
import type { EventTypeDocument } from "../contracts/catalogue.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { operationalEventTypes } from "../model/operational-event.ts";
import type { SecretBox } from "../model/secret-box.ts";
import { inTransaction, type Client, type Pool } from "../postgres/pool.ts";

export interface Installation {
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly catalogue: readonly EventTypeDocument[];
  readonly secretBox: SecretBox;
  readonly nowMs: number;
}

/**
 * Writes the contracts, the event types of the catalogue and the operational event types. Each
 * start replaces the contracts, which are part of the program. The catalogue's event types are
 * written only once, because the operator may change them. The operational event types, which
 * Posthorn itself publishes, are written at each start.
 *
 * @throws PosthornError `PH_ENCRYPTION_KEY_WRONG` if the database was set up with another key.
 */
export async function install(pool: Pool, installation: Installation): Promise<void> {
  await inTransaction(pool, async (transaction) => {
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
    const { rowCount } = await transaction.query(
      "insert into posthorn.settings (name, value) values ('catalogue', '1') on conflict do nothing",
    );
    const isOperational = (name: string): boolean =>
      operationalEventTypes.some((type) => type === name);
    const catalogue =
      rowCount === 1
        ? installation.catalogue
        : installation.catalogue.filter(({ name }) => isOperational(name));
    await insertCatalogue(transaction, { ...installation, catalogue });
  });
}

/**
 * Fails if this node lacks a key that secrets are encrypted with. The node that started last
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

async function insertCatalogue(transaction: Client, installation: Installation): Promise<void> {
  const { catalogue, nowMs } = installation;
  await transaction.query(
    `insert into posthorn.event_types
       (name, description, schema, example, schema_check, created_at, updated_at)
     select name, description, schema::json, example::json, 'refuse', $5, $5
     from unnest($1::text[], $2::text[], $3::text[], $4::text[])
       as given (name, description, schema, example)
     on conflict do nothing`,
    [
      catalogue.map((type) => type.name),
      catalogue.map((type) => type.description),
      catalogue.map((type) => JSON.stringify(type.schema)),
      catalogue.map((type) => JSON.stringify(type.example)),
      new Date(nowMs).toISOString(),
    ],
  );
}
