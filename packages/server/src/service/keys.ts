/** Reads and creates the service's own keys. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../config/config.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { createSecretBox } from "../model/secret-box.ts";
import { keptValue, openDataFolder, replaceKeptValue } from "./data-folder.ts";

/** The names of the keys' files in the data folder. */
const adminKeyName = "admin-key";
const encryptionKeyName = "encryption-key";

export interface Keys {
  readonly adminKey: string;
  /** The file that contains the admin key; null if it is configured. */
  readonly adminKeyFile: string | null;
  readonly encryptionKey: string;
  /** The file that contains the encryption key; null if it is configured. */
  readonly encryptionKeyFile: string | null;
}

/**
 * Reads the keys. A key that is not configured is created once and kept in the data folder.
 * @throws PosthornError `PH_DATA_DIR`; or `PH_CONFIG_MISSING` if `DATABASE_URL` is set and only the
 * missing key needs the folder.
 */
export async function readKeys(config: Config): Promise<Keys> {
  try {
    return await readOrMakeKeys(config);
  } catch (error) {
    const isOfFolder = error instanceof PosthornError && error.code === "PH_DATA_DIR";
    if (!isOfFolder || config.databaseUrl === null) throw error;
    const variable = config.adminKey === null ? "POSTHORN_ADMIN_KEY" : "POSTHORN_ENCRYPTION_KEY";
    const reason = `one cannot be kept in the data folder ${config.dataDir} either`;
    throw new PosthornError("PH_CONFIG_MISSING", { variable, reason }, { cause: error });
  }
}

async function readOrMakeKeys(config: Config): Promise<Keys> {
  const { adminKey, encryptionKey } = config;
  if (adminKey !== null && encryptionKey !== null) {
    return { adminKey, adminKeyFile: null, encryptionKey, encryptionKeyFile: null };
  }
  const folder = await openDataFolder(config.dataDir);
  const adminKeyFile = path.join(folder, adminKeyName);
  const encryptionKeyFile = path.join(folder, encryptionKeyName);
  return {
    adminKey: adminKey ?? (await keptValue(adminKeyFile, makeAdminKey)),
    adminKeyFile: adminKey === null ? adminKeyFile : null,
    encryptionKey:
      encryptionKey ??
      (await keptValue(encryptionKeyFile, () => randomBytes(32).toString("base64"))),
    encryptionKeyFile: encryptionKey === null ? encryptionKeyFile : null,
  };
}

/**
 * Returns the admin key of the service with this configuration, and creates none.
 *
 * @throws PosthornError `PH_CONFIG_MISSING` if it is neither configured nor in the data folder.
 */
export async function readAdminKey({ adminKey, dataDir }: Config): Promise<string> {
  if (adminKey !== null) return adminKey;
  const file = path.join(path.resolve(dataDir), adminKeyName);
  const kept = await readFile(file, "utf8").catch(() => "");
  if (kept.trim() !== "") return kept.trim();
  const reason = `and there is no key in ${file}, which the first start creates`;
  throw new PosthornError("PH_CONFIG_MISSING", { variable: "POSTHORN_ADMIN_KEY", reason });
}

/**
 * Returns the encryption key of the service with this configuration, and where it is, for people.
 * Creates none. Every command uses this rule: POSTHORN_ENCRYPTION_KEY, otherwise the file in the
 * data folder. Only `serve` insists on the variable if nodes can share the database.
 */
export async function findEncryptionKey({
  encryptionKey,
  dataDir,
}: Config): Promise<{ readonly key: string | null; readonly place: string }> {
  const variable = "POSTHORN_ENCRYPTION_KEY";
  if (encryptionKey !== null) return { key: encryptionKey, place: variable };
  const file = path.join(path.resolve(dataDir), encryptionKeyName);
  const kept = (await readFile(file, "utf8").catch(() => "")).trim();
  return kept === "" ? { key: null, place: variable } : { key: kept, place: `the file ${file}` };
}

/**
 * The ids of the keys that the service with this configuration can read secrets with. Creates none.
 *
 * @throws PosthornError `PH_ENCRYPTION_KEY_INVALID`
 */
export async function readEncryptionKeyIds(config: Config): Promise<readonly string[]> {
  const { key } = await findEncryptionKey(config);
  const [first, ...others] = [...(key === null ? [] : [key]), ...config.decryptionKeys];
  return first === undefined ? [] : createSecretBox(first, others).keyIds;
}

/**
 * Replaces the admin key in the data folder. A running service reads it at its next start.
 * @returns the new key.
 * @throws PosthornError `PH_ADMIN_KEY_CONFIGURED`, `PH_DATA_DIR`, and the error of `readAdminKey`.
 */
export async function rotateAdminKey(config: Config): Promise<string> {
  if (config.adminKey !== null) throw new PosthornError("PH_ADMIN_KEY_CONFIGURED");
  await readAdminKey(config);
  const key = makeAdminKey();
  await replaceKeptValue(path.join(path.resolve(config.dataDir), adminKeyName), key);
  return key;
}

function makeAdminKey(): string {
  return `pha_${randomBytes(24).toString("base64url")}`;
}
