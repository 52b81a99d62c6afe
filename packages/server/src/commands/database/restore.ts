/** `posthorn restore`: fills an empty database from a backup. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Manifest } from "../../backup/format.ts";
import { loadDatabase, type Loaded } from "../../backup/load.ts";
import type { Config } from "../../config/config.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { reasonOf } from "../../errors/reasons.ts";
import { readEncryptionKeyIds } from "../../service/keys.ts";
import { formatFacts } from "../../client/table.ts";
import { openToFill, type Settings } from "./place.ts";
import { rowsIn } from "./rows.ts";

export interface RestoreOptions {
  readonly config: Config;
  /** `-` for standard input. */
  readonly file: string;
  readonly stopping?: AbortSignal;
  readonly settings?: Settings;
}

/**
 * Restores the file, whole or not at all.
 *
 * @throws PosthornError `PH_FILE_UNREADABLE`, `PH_BACKUP_KEY_WRONG`, and those of `loadDatabase`
 *   and `openToFill`.
 */
export async function restore(options: RestoreOptions): Promise<Loaded> {
  const { config, file, stopping, settings } = options;
  if (file !== "-") await checkReadable(file);
  const keyIds = await readEncryptionKeyIds(config);
  const check = (manifest: Manifest): void => checkKey(manifest, keyIds, config);
  const { connectionString, close } = await openToFill(config, settings);
  try {
    const input = file === "-" ? process.stdin : createReadStream(file);
    const source = createGunzip();
    // Errors of either stream reach the reader of the second.
    void pipeline(input, source).catch(() => undefined);
    try {
      return await loadDatabase({ connectionString, source, check, stopping });
    } finally {
      source.destroy();
      input.destroy();
    }
  } finally {
    await close();
  }
}

/** Before a database is created for a file that does not exist. */
async function checkReadable(file: string): Promise<void> {
  try {
    await (await open(file, "r")).close();
  } catch (error) {
    throw new PosthornError("PH_FILE_UNREADABLE", { file, reason: reasonOf(error) });
  }
}

/** Without one of the keys, the service would not start on the restored database. */
function checkKey(manifest: Manifest, keyIds: readonly string[], config: Config): void {
  const missing = manifest.encryption_key_ids.filter((id) => !keyIds.includes(id));
  if (missing.length === 0) return;
  const [current = ""] = manifest.encryption_key_ids;
  const formers = missing.filter((id) => id !== current);
  const copyFile =
    config.databaseUrl === null
      ? "Copy the file encryption-key of the original data folder to " +
        `${path.resolve(config.dataDir)}, or set`
      : "Set";
  const sentences = [
    missing.includes(current) ? `${copyFile} POSTHORN_ENCRYPTION_KEY to key ${current}.` : "",
    formers.length > 0 ? `Set POSTHORN_DECRYPTION_KEYS to former keys: ${formers.join(", ")}.` : "",
  ];
  const remedy = sentences.filter((sentence) => sentence !== "").join(" ");
  throw new PosthornError("PH_BACKUP_KEY_WRONG", { missing: missing.join(", "), remedy });
}

/** Tells the user, in sentences, what to consider before the next start. */
export function describeRestore({ manifest, rows, pendingDeliveries }: Loaded): string {
  const from = manifest.created_at;
  const repeated =
    pendingDeliveries === 0
      ? ""
      : ` The service sends them after its next start, also those that the original service sent ` +
        `after ${from}: receivers get these events twice, with the same ids.`;
  const tables = Object.entries(rows).filter(([, count]) => count > 0);
  return (
    `Restored ${rowsIn(rows)} rows, as of ${from}. Each table has the number of rows that the end ` +
    "of the file gives:\n\n" +
    `${formatFacts(tables.map(([table, count]) => [`  ${table}`, String(count)]))}\n` +
    `Pending deliveries: ${pendingDeliveries}.${repeated}\n` +
    "Start the service only if the original no longer runs.\n"
  );
}
