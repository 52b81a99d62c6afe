/** Re-keying: encrypts secrets with the current key that were encrypted with another key. */
import { limits } from "../limits.ts";
import { sealNonceBytes } from "../model/secret-box.ts";
import { inTransaction, type Pool } from "../postgres/pool.ts";
import type { SecretOptions } from "./endpoint-secrets.ts";

export interface RekeyOptions extends SecretOptions {
  readonly database: Pool;
}

/**
 * Finds secrets to re-encrypt, but only for the node that started last. Otherwise two releases with
 * different keys would undo each other's work during a rollout.
 */
const othersSql = `
select secret.id, secret.ciphertext
from posthorn.endpoint_secrets as secret
where split_part(secret.ciphertext, '.', 2) = any ($1::text[])
  and secret.id <> all ($4::uuid[])
  and exists (select from posthorn.settings where name = 'encryption_key_id' and value = $2)
order by secret.id
limit $3
for update of secret skip locked
`;

const writeSql = `
update posthorn.endpoint_secrets as secret
set ciphertext = given.ciphertext
from unnest($1::uuid[], $2::text[]) as given (id, ciphertext)
where secret.id = given.id
`;

/**
 * Re-encrypts up to `most` secrets. The secrets themselves do not change, so no notification is
 * needed.
 * @param unreadable ids to skip. The function adds the ids of secrets that cannot be decrypted
 * although their key is configured, because one broken value must not keep all others under the old
 * key.
 */
export async function rekeySome(
  options: RekeyOptions,
  most: number,
  unreadable: Set<string>,
): Promise<{ readonly changed: number; readonly isDone: boolean }> {
  const { database, secretBox } = options;
  const others = secretBox.keyIds.filter((id) => id !== secretBox.keyId);
  if (others.length === 0) return { changed: 0, isDone: true };
  return inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<{ id: string; ciphertext: string }>(othersSql, [
      others,
      secretBox.keyId,
      most,
      [...unreadable],
    ]);
    const sealed = rows.flatMap((row) => {
      const ciphertext = resealed(options, row.ciphertext);
      if (ciphertext === null) unreadable.add(row.id);
      return ciphertext === null ? [] : [{ id: row.id, ciphertext }];
    });
    await transaction.query(writeSql, [
      sealed.map(({ id }) => id),
      sealed.map(({ ciphertext }) => ciphertext),
    ]);
    return { changed: sealed.length, isDone: rows.length === 0 };
  });
}

/** Returns null if the secret cannot be decrypted. */
function resealed({ secretBox, random }: SecretOptions, ciphertext: string): string | null {
  let secret: string;
  try {
    secret = secretBox.open(ciphertext);
  } catch {
    return null;
  }
  return secretBox.seal(secret, random.bytes(sealNonceBytes));
}

/** Counts the secrets that any key except the current one encrypted. */
export async function countUnderOtherKeys({ database, secretBox }: RekeyOptions): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.endpoint_secrets
     where split_part(ciphertext, '.', 2) <> $1`,
    [secretBox.keyId],
  );
  return rows[0]?.count ?? 0;
}

/**
 * Re-encrypts secrets in the background, in batches. When all are done, it checks again each
 * minute.
 */
export class Rekeyer {
  readonly #options: RekeyOptions;
  readonly #unreadable = new Set<string>();
  #left = 0;
  #isDone = false;

  constructor(options: RekeyOptions) {
    this.#options = options;
  }

  /** How many secrets the last check found. */
  get secretsUnderOtherKeys(): number {
    return this.#left;
  }

  /** The pause before the next step. */
  get pauseMs(): number {
    return this.#isDone ? limits.rekeyLookMs : limits.rekeyStepMs;
  }

  /** @returns the number of re-encrypted secrets. */
  async step(): Promise<number> {
    const most = limits.rekeySecretsPerStepMax;
    const { changed, isDone } = await rekeySome(this.#options, most, this.#unreadable);
    this.#left = await countUnderOtherKeys(this.#options);
    // When all are done, it checks again later, because another node may still encrypt new secrets
    // with the previous key.
    this.#isDone = isDone;
    if (isDone) this.#unreadable.clear();
    return changed;
  }
}
