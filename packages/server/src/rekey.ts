/** All secrets under the current key, at once: the command `posthorn rekey`. */
import { systemRandom } from "./clock.ts";
import { checkEncryptionKey } from "./installation.ts";
import { limits } from "./limits.ts";
import { createSecretBox } from "./model/secret-box.ts";
import { hostsOf } from "./postgres/hosts.ts";
import { createPool, inTransaction } from "./postgres/pool.ts";
import { countUnderOtherKeys, rekeySome } from "./registry/index.ts";

export interface Rekeyed {
  readonly changed: number;
  /** Under a key that is not here, or broken. */
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
