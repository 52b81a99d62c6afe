/** The database that backup and restore work on: that of `DATABASE_URL`, or of the data folder. */
import path from "node:path";
import type { Config } from "../../config/config.ts";
import { hasDatabase, runningUrl } from "../../embedded/existing.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../embedded/index.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { openDataFolder } from "../../service/data-folder.ts";
import { waitUntilUp } from "../wait-until-up.ts";

export interface OpenedDatabase {
  readonly connectionString: string;
  /** Stops the embedded server, if this command has started it. */
  close(): Promise<void>;
}

/** PostgreSQL settings of an embedded server that the command starts itself; for tests. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Opens the database to read it. The service may be running on it.
 *
 * @throws PosthornError `PH_DATA_DIR_EMPTY`, and those of `startEmbeddedPostgres` and
 *   `waitForDatabase`.
 */
export async function openToRead(config: Config, settings?: Settings): Promise<OpenedDatabase> {
  if (config.databaseUrl !== null) return openServer(config);
  const dataDir = path.resolve(config.dataDir);
  if (!(await hasDatabase(dataDir))) throw new PosthornError("PH_DATA_DIR_EMPTY", { dataDir });
  try {
    return opened(await startEmbeddedPostgres({ dataDir, ...(settings && { settings }) }));
  } catch (error) {
    const isInUse = error instanceof PosthornError && error.code === "PH_DATA_DIR_IN_USE";
    const connectionString = isInUse ? await runningUrl(dataDir) : null;
    if (connectionString === null) throw error;
    return { connectionString, close: () => Promise.resolve() };
  }
}

/**
 * Opens the database to fill it. Creates an embedded one if there is none.
 *
 * @throws PosthornError those of `startEmbeddedPostgres` and `waitForDatabase`.
 */
export async function openToFill(config: Config, settings?: Settings): Promise<OpenedDatabase> {
  if (config.databaseUrl !== null) return openServer(config);
  const dataDir = await openDataFolder(config.dataDir);
  return opened(await startEmbeddedPostgres({ dataDir, ...(settings && { settings }) }));
}

function opened(server: EmbeddedPostgres): OpenedDatabase {
  return { connectionString: server.connectionString, close: () => server.stop() };
}

async function openServer({ databaseUrl, directUrl, databaseWaitMs }: Config) {
  const connectionString = directUrl ?? databaseUrl ?? "";
  await waitUntilUp(connectionString, databaseWaitMs);
  return { connectionString, close: () => Promise.resolve() };
}
