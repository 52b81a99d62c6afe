/** `posthorn migrate`: applies this version's schema and exits. */
import { readConfig } from "../config/config.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { migrate } from "../postgres/migrate.ts";
import { serveDefaults } from "./serve.ts";
import { waitUntilUp } from "./wait-until-up.ts";

/** @throws PosthornError `PH_CONFIG_MISSING` if no DATABASE_URL is set. */
export async function migrateDatabase(): Promise<void> {
  const { databaseUrl, directUrl, databaseWaitMs } = readConfig(serveDefaults);
  if (databaseUrl === null) {
    throw new PosthornError("PH_CONFIG_MISSING", {
      variable: "DATABASE_URL",
      reason: "the embedded database is migrated by posthorn serve",
    });
  }
  const migratedUrl = directUrl ?? databaseUrl;
  await waitUntilUp(migratedUrl, databaseWaitMs);
  const applied = await migrate(migratedUrl);
  process.stdout.write(
    applied.length === 0 ? "Nothing to do.\n" : `Applied: ${applied.join(", ")}\n`,
  );
}
