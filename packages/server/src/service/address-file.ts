/** The file in the data folder that tells commands on this machine where the service listens. */
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { addressFileName, type Config } from "../config/config.ts";
import { openDataFolder, replaceKeptValue } from "./data-folder.ts";

/**
 * Writes the address, if the service keeps anything in its data folder.
 *
 * @param adminKeyFile the admin key's file in that folder; null if a variable contains the key.
 * @returns removes the file, unless another service has replaced it.
 * @throws PosthornError `PH_DATA_DIR`
 */
export async function writeAddress(
  { dataDir, databaseUrl }: Config,
  adminKeyFile: string | null,
  listensAt: string,
): Promise<() => Promise<void>> {
  if (databaseUrl !== null && adminKeyFile === null) return () => Promise.resolve();
  const file = path.join(await openDataFolder(dataDir), addressFileName);
  const url = reachableUrl(listensAt);
  await replaceKeptValue(file, url);
  return async () => {
    const kept = await readFile(file, "utf8").catch(() => "");
    if (kept.trim() === url) await rm(file, { force: true });
  };
}

/** A service may listen on all interfaces, but their common address cannot be connected to. */
function reachableUrl(listensAt: string): string {
  const url = new URL(listensAt);
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  return url.origin;
}
