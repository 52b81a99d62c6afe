/** `posthorn serve`: the service, in one process or in several behind one port. */
import { readConfig, type Config, type ConfigDefaults } from "../config/config.ts";
import { serveWithWorkers } from "../cluster/supervisor.ts";
import { isWorker, serveAsWorker } from "../cluster/worker.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { startService } from "../service/compose.ts";
import { describeFirstStart } from "../service/first-start.ts";
import { findEncryptionKey } from "../service/keys.ts";
import { onDatabaseLost } from "./failure.ts";
import { stoppingBy, stopSignal } from "./stopping.ts";

export const serveDefaults: ConfigDefaults = { allowCidrs: [], logLevel: "info" };

export interface ServeOptions {
  /** How many Node processes to run. */
  readonly processes: number;
  /** Replaces `POSTHORN_PORT` and `POSTHORN_HOST`. */
  readonly port?: number;
  readonly host?: string;
}

/** Runs until a signal stops the command. Sets the process's exit code. */
export async function serve({ processes, port, host }: ServeOptions): Promise<void> {
  const configured = readConfig(serveDefaults);
  const config = {
    ...configured,
    port: port ?? configured.port,
    host: host ?? configured.host,
  };
  await requireShared(config);
  if (processes > 1) {
    const stopped = stopSignal();
    const options = { onDatabaseLost, stopping: stoppingBy(stopped) };
    process.exitCode = await serveWithWorkers(config, processes, stopped, options);
  } else if (isWorker()) {
    await serveAsWorker(config);
  } else {
    const stopped = stopSignal();
    const service = await startService(config, {
      onDatabaseLost,
      stopping: stoppingBy(stopped),
    });
    service.logger.info({ url: service.url }, "posthorn is ready");
    if (service.installed.isFirstStart) {
      const url = config.publicUrl ?? service.url;
      service.logger.info(describeFirstStart({ url, adminKeyFile: service.adminKeyFile }));
    }
    await stopped;
    service.logger.info("posthorn is stopping");
    await service.close();
  }
}

/**
 * Requires a configured key, because nodes that share a database must share the key. With generated
 * keys they could not read each other's secrets.
 */
async function requireShared(config: Config): Promise<void> {
  if (config.databaseUrl === null || config.encryptionKey !== null) return;
  const { key, place } = await findEncryptionKey(config);
  throw new PosthornError("PH_CONFIG_MISSING", {
    variable: "POSTHORN_ENCRYPTION_KEY",
    reason:
      "with DATABASE_URL, all nodes need the same key (32 bytes in base64)" +
      (key === null ? "" : `; posthorn dev keeps one in ${place}`),
  });
}
