/** Re-keying: secrets that another key encrypted are encrypted with the current one. */
import { limits } from "../limits.ts";
import { sealNonceBytes } from "../model/secret-box.ts";
import type { Clock } from "../pipeline/ports.ts";
import { inTransaction, type Pool } from "../postgres/pool.ts";
import type { SecretOptions } from "./endpoint-secrets.ts";

export interface RekeyOptions extends SecretOptions {
  readonly database: Pool;
}

/**
 * Only towards the key of the node that was started last: while two releases overlap that differ in
 * their key, they would else undo each other's work. What a key here cannot open is passed over.
 */
const othersSql = `
select secret.id, secret.ciphertext
from posthorn.endpoint_secrets as secret
where split_part(secret.ciphertext, '.', 2) = any ($1::text[])
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
 * Re-encrypts up to `most` secrets. What they say stays as it is, so nobody need be told.
 *
 * @returns how many.
 */
export async function rekeySome(options: RekeyOptions, most: number): Promise<number> {
  const { database, secretBox, random } = options;
  const others = secretBox.keyIds.filter((id) => id !== secretBox.keyId);
  if (others.length === 0) return 0;
  return inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<{ id: string; ciphertext: string }>(othersSql, [
      others,
      secretBox.keyId,
      most,
    ]);
    if (rows.length === 0) return 0;
    await transaction.query(writeSql, [
      rows.map(({ id }) => id),
      rows.map(({ ciphertext }) =>
        secretBox.seal(secretBox.open(ciphertext), random.bytes(sealNonceBytes)),
      ),
    ]);
    return rows.length;
  });
}

/** Secrets under any other key than the current one, whether it is known here or not. */
export async function countUnderOtherKeys({ database, secretBox }: RekeyOptions): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.endpoint_secrets
     where split_part(ciphertext, '.', 2) <> $1`,
    [secretBox.keyId],
  );
  return rows[0]?.count ?? 0;
}

/** Re-keys in the background, a batch at a time, and looks again each minute when all is done. */
export class Rekeyer {
  readonly #options: RekeyOptions & { readonly clock: Clock };
  #left = 0;
  #lookAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RekeyOptions & { readonly clock: Clock }) {
    this.#options = options;
  }

  /** As of the last look. */
  get secretsUnderOtherKeys(): number {
    return this.#left;
  }

  /** @returns how many were re-encrypted. */
  async step(): Promise<number> {
    const nowMs = this.#options.clock.now();
    if (nowMs < this.#lookAtMs) return 0;
    const changed = await rekeySome(this.#options, limits.rekeySecretsPerStepMax);
    this.#left = await countUnderOtherKeys(this.#options);
    // Another node may still encrypt new secrets with the key before.
    if (changed === 0) this.#lookAtMs = nowMs + limits.rekeyLookMs;
    return changed;
  }
}
