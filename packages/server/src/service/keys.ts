/** The service's own keys. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Config } from "../config/config.ts";
import { keptValue, openDataFolder } from "./data-folder.ts";

export interface Keys {
  readonly adminKey: string;
  readonly encryptionKey: string;
}

/** Keys that are not configured are created once and kept in the data folder. */
export async function readKeys(config: Config): Promise<Keys> {
  const { adminKey, encryptionKey } = config;
  if (adminKey !== null && encryptionKey !== null) return { adminKey, encryptionKey };
  const folder = await openDataFolder(config.dataDir);
  const made = (bytes: number, encoding: BufferEncoding): string =>
    randomBytes(bytes).toString(encoding);
  return {
    adminKey:
      adminKey ??
      (await keptValue(path.join(folder, "admin-key"), () => `pha_${made(24, "base64url")}`)),
    encryptionKey:
      encryptionKey ??
      (await keptValue(path.join(folder, "encryption-key"), () => made(32, "base64"))),
  };
}
