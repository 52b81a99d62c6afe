/** The service's own keys. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Config } from "../config/config.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { keptValue, openDataFolder } from "./data-folder.ts";

export interface Keys {
  readonly adminKey: string;
  /** The file that contains the admin key; null if it is configured. */
  readonly adminKeyFile: string | null;
  readonly encryptionKey: string;
}

/**
 * Reads the keys. Those that are not configured are created once and kept in the data folder.
 *
 * @throws PosthornError `PH_DATA_DIR`; or `PH_CONFIG_MISSING` if `DATABASE_URL` is set and only
 * the missing key needs the folder.
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
    return { adminKey, adminKeyFile: null, encryptionKey };
  }
  const folder = await openDataFolder(config.dataDir);
  const made = (bytes: number, encoding: BufferEncoding): string =>
    randomBytes(bytes).toString(encoding);
  const adminKeyFile = path.join(folder, "admin-key");
  return {
    adminKey: adminKey ?? (await keptValue(adminKeyFile, () => `pha_${made(24, "base64url")}`)),
    adminKeyFile: adminKey === null ? adminKeyFile : null,
    encryptionKey:
      encryptionKey ??
      (await keptValue(path.join(folder, "encryption-key"), () => made(32, "base64"))),
  };
}
