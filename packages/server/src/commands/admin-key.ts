/** `posthorn admin-key`: shows or replaces the admin key of the service on this machine. */
import { readConfig } from "../config/config.ts";
import { readAdminKey, rotateAdminKey } from "../service/keys.ts";
import type { Terminal } from "../client/terminal.ts";
import { serveDefaults } from "./serve.ts";

/**
 * Prints only the key.
 * @throws PosthornError `PH_CONFIG_MISSING` if there is none yet.
 */
export async function showAdminKey({ out }: Terminal): Promise<void> {
  out(`${await readAdminKey(readConfig(serveDefaults))}\n`);
}

/**
 * Replaces the key in the data folder. The last line of the output contains only the new key.
 * @throws PosthornError `PH_ADMIN_KEY_CONFIGURED`, `PH_CONFIG_MISSING`, `PH_DATA_DIR`
 */
export async function changeAdminKey({ out, err }: Terminal): Promise<void> {
  const key = await rotateAdminKey(readConfig(serveDefaults));
  err("Restart the service. Until then it accepts the old key, and not this one:\n");
  out(`${key}\n`);
}
