/** `posthorn rekey`: seals all secrets with the current key. */
import { readConfig } from "../config/config.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { systemRandom } from "../service/database-clock.ts";
import { checkEncryptionKey } from "../service/install.ts";
import { limits } from "../limits.ts";
import { createSecretBox } from "../model/secret-box.ts";
import { hostsOf } from "../postgres/hosts.ts";
import { createPool, inTransaction } from "../postgres/pool.ts";
import { countUnderOtherKeys, rekeySome } from "../registry/index.ts";
import { serveDefaults } from "./serve.ts";
import { waitUntilUp } from "./wait-until-up.ts";

export interface Rekeyed {
  readonly changed: number;
  /** How many secrets are corrupt or sealed with an unknown key. */
  readonly left: number;
}

/** @throws PosthornError `PH_ENCRYPTION_KEY_WRONG`, `PH_ENCRYPTION_KEY_MISSING` */
export async function rekeyAll(
  databaseUrl: string,
  keys: { readonly encryptionKey: string | null; readonly decryptionKeys: readonly string[] },
): Promise<Rekeyed> {
  const secretBox = createSecretBox(keys.encryptionKey ?? "", keys.decryptionKeys);
  const database = createPool({
    hosts: hostsOf(databaseUrl),
    connectionsMax: 1,
    name: "posthorn rekey",
    onError: () => undefined,
  });
  try {
    await inTransaction(database, (transaction) => checkEncryptionKey(transaction, secretBox));
    const options = { database, secretBox, random: systemRandom };
    const unreadable = new Set<string>();
    let changed = 0;
    for (;;) {
      const some = await rekeySome(options, limits.rekeySecretsPerStepMax, unreadable);
      if (some.isDone) break;
      changed += some.changed;
    }
    return { changed, left: await countUnderOtherKeys(options) };
  } finally {
    await database.end();
  }
}

/**
 * Does immediately what nodes do in the background, and reports when it is done.
 *
 * @throws PosthornError `PH_CONFIG_MISSING`, and the errors of `rekeyAll`.
 */
export async function rekey(): Promise<void> {
  const config = readConfig(serveDefaults);
  if (config.databaseUrl === null || config.encryptionKey === null) {
    throw new PosthornError("PH_CONFIG_MISSING", {
      variable: config.databaseUrl === null ? "DATABASE_URL" : "POSTHORN_ENCRYPTION_KEY",
      reason: "the embedded database's secrets are re-encrypted by posthorn serve",
    });
  }
  await waitUntilUp(config.databaseUrl, config.databaseWaitMs);
  const { changed, left } = await rekeyAll(config.databaseUrl, config);
  process.stdout.write(`Re-encrypted: ${changed}. Under other keys: ${left}.\n`);
}
