/** `posthorn admin-key`: shows or replaces the admin key of the service on this machine. */
import { readConfig } from "../config/config.ts";
import { readAdminKey, rotateAdminKey } from "../service/keys.ts";
import type { Terminal } from "../client/terminal.ts";
import { serveDefaults } from "./serve.ts";

/** Prints the key alone. @throws PosthornError `PH_CONFIG_MISSING` if there is none yet. */
export async function showAdminKey({ out }: Terminal): Promise<void> {
  out(`${await readAdminKey(readConfig(serveDefaults))}\n`);
}

/**
 * Replaces the key in the data folder, and prints the new one alone on the last line.
 *
 * @throws PosthornError `PH_ADMIN_KEY_CONFIGURED`, `PH_CONFIG_MISSING`, `PH_DATA_DIR`
 */
export async function changeAdminKey({ out, err }: Terminal): Promise<void> {
  const key = await rotateAdminKey(readConfig(serveDefaults));
  err("Restart the service. Until then it accepts the old key, and not this one:\n");
  out(`${key}\n`);
}
