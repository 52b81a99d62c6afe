/** The command `posthorn`: config → wire → start → drain. */
import { Command, InvalidArgumentError } from "commander";
import { readConfig, type Config, type ConfigDefaults } from "./config.ts";
import { runDev } from "./dev/dev.ts";
import { PosthornError } from "./errors.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { limits } from "./limits.ts";
import { printableError } from "./observe/describe-error.ts";
import { printable } from "./observe/printable.ts";
import { migrate } from "./postgres/migrate.ts";
import { startFailure } from "./postgres/start-failures.ts";
import { waitForDatabase } from "./postgres/wait.ts";
import { rekeyAll } from "./rekey.ts";
import {
  announceReady,
  isWorker,
  leaveFirstProcess,
  serveWithWorkers,
  workerStopSignal,
} from "./processes.ts";
import { version } from "./version.ts";
import { startService } from "./wire.ts";

const serveDefaults: ConfigDefaults = { allowCidrs: [], logLevel: "info" };
const devDefaults: ConfigDefaults = { allowCidrs: ["127.0.0.0/8", "::1/128"], logLevel: "warn" };

/** Runs the command line. Sets the process's exit code; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  // Node would print every member of the error: rows, statements, URLs with passwords.
  process.on("uncaughtException", (error) => {
    process.stderr.write(`posthorn: crashed: ${describe(error)}\n`);
    process.exit(exitCodes.failed);
  });
  const program = new Command("posthorn")
    .description("Sends a platform's webhooks: signed, retried, replayable, explained.")
    .version(version)
    .showHelpAfterError();
  // Before the commands, which take it over when they are made.
  program.exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.unusable;
    throw error;
  });

  program
    .command("serve")
    .description("Run the service.")
    .option("--processes <number>", "Node processes, for as many cores", processCount, 1)
    .action(({ processes }: { processes: number }) => guarded(() => serve(processes)));
  program
    .command("dev")
    .description("Run the service with a sample org, an endpoint and an inbox to try things with.")
    .action(() => guarded(dev));
  program
    .command("migrate")
    .description("Bring the database at DATABASE_URL up to this program's version, and exit.")
    .action(() => guarded(migrateOnly));
  program
    .command("rekey")
    .description("Encrypt every stored secret with POSTHORN_ENCRYPTION_KEY now, and exit.")
    .action(() => guarded(rekeyOnly));
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof Error && "exitCode" in error)) throw error;
  }
}

async function guarded(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    // A stop while the start was still waiting for the database is no failure.
    if (thrown instanceof StoppedError) return;
    const error = startFailure(thrown);
    process.exitCode = exitCodeOf(error);
    process.stderr.write(`posthorn: ${describe(error)}\n`);
  }
}

class StoppedError extends Error {}

/** Aborted when a stop is asked for. */
function stoppingBy(stopped: Promise<void>): AbortSignal {
  const stopping = new AbortController();
  void stopped.then(() => stopping.abort(new StoppedError("The command was told to stop.")));
  return stopping.signal;
}

/**
 * Ends the process at once: without its database it can neither store nor give back anything, and
 * what was under way is sent again by the next start.
 */
function onDatabaseLost(error: PosthornError): void {
  process.stderr.write(`posthorn: ${describe(error)}\n`);
  process.exit(exitCodeOf(error));
}

function describe(error: unknown): string {
  if (error instanceof PosthornError) {
    const hint = error.hint === null ? "" : ` ${error.hint}`;
    return `${error.message}${hint} (${error.code})`.split("\n").map(printable).join("\n");
  }
  return printableError(error);
}

function processCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > limits.processesMax) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${limits.processesMax}.`);
  }
  return count;
}

async function serve(processes: number): Promise<void> {
  const config = readConfig(serveDefaults);
  requireShared(config.databaseUrl, config.encryptionKey);
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
    await stopped;
    service.logger.info("posthorn is stopping");
    await service.close();
  }
}

async function serveAsWorker(config: Config): Promise<void> {
  const stopped = workerStopSignal(config.lingerMs + config.drainMs);
  try {
    const service = await startService(config);
    announceReady(service.url);
    await stopped;
    await service.close();
  } finally {
    leaveFirstProcess();
  }
}

async function dev(): Promise<void> {
  const stopped = stopSignal();
  const options = { onDatabaseLost, stopping: stoppingBy(stopped) };
  await runDev(readConfig(devDefaults), stopped, options);
}

async function migrateOnly(): Promise<void> {
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

async function waitUntilUp(connectionString: string, waitMs: number): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`posthorn: ${line}\n`);
  await waitForDatabase({ connectionString, waitMs, log });
}

/** What nodes do in the background, for whoever wants to see the end of it. */
async function rekeyOnly(): Promise<void> {
  const config = readConfig(serveDefaults);
  if (config.databaseUrl === null || config.encryptionKey === null) {
    throw new PosthornError("PH_CONFIG_MISSING", {
      variable: config.databaseUrl === null ? "DATABASE_URL" : "POSTHORN_ENCRYPTION_KEY",
      reason: "the embedded database's secrets are re-encrypted by posthorn serve",
    });
  }
  await waitUntilUp(config.databaseUrl, config.databaseWaitMs);
  const { changed, left } = await rekeyAll(config.databaseUrl, config);
  process.stdout.write(`Re-encrypted: ${changed}. Under other keys: ${left}.\n`);
}

/** Nodes that share a database must share the key; one made by each would lock the others out. */
function requireShared(databaseUrl: string | null, encryptionKey: string | null): void {
  if (databaseUrl !== null && encryptionKey === null) {
    throw new PosthornError("PH_CONFIG_MISSING", {
      variable: "POSTHORN_ENCRYPTION_KEY",
      reason: "with DATABASE_URL every node needs the same one (32 bytes in base64)",
    });
  }
}

/**
 * Resolves at the first SIGINT or SIGTERM. A second one ends the process at once: whoever sends
 * it has waited long enough.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
      asked = true;
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
