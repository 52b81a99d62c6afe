/** The commands of `posthorn`, with their options and examples. */
import { Command, Option } from "commander";
import { addExamples } from "./client/examples.ts";
import type { CommandContext } from "./client/terminal.ts";
import { wholeNumber } from "./client/arguments.ts";
import { addDeliveriesCommands } from "./commands/api/deliveries.ts";
import { addEndpointsCommands } from "./commands/api/endpoints.ts";
import { addEventTypesCommands } from "./commands/api/event-types.ts";
import { addEventsCommands } from "./commands/api/events.ts";
import { addKeysCommands } from "./commands/api/keys.ts";
import { addLoginCommands } from "./commands/api/login.ts";
import { addPublishCommands } from "./commands/api/publish.ts";
import { addReplayCommands } from "./commands/api/replay.ts";
import { addStatusCommand } from "./commands/api/status.ts";
import { addCompletionCommand } from "./commands/completion/command.ts";
import { addContractCommands } from "./commands/contract/command.ts";
import { addImportCommands } from "./commands/import/command.ts";
import { addListenCommand } from "./commands/listen/command.ts";
import { addVerifyCommand } from "./commands/verify/command.ts";
import { limits } from "./limits.ts";
import { version } from "./version.ts";

/** Builds the whole command line. No command runs before the command line is parsed. */
export function createProgram(context: CommandContext): Command {
  const program = new Command("posthorn")
    .description("Sends a platform's webhooks, with signatures, retries, replays and explanations.")
    .version(version)
    .addOption(new Option("--url <url>", "the service's address; default: POSTHORN_URL"))
    .addOption(new Option("--key <key>", "the API key; default: POSTHORN_KEY"))
    .addOption(new Option("--profile <name>", "the profile of posthorn login to use"))
    .addOption(new Option("--json", "print the API's rows as JSON"))
    .showHelpAfterError("Add --help for the arguments and examples.");
  // Commands copy these settings when they are created, so the settings come first.
  program.configureHelp({ showGlobalOptions: true });
  const { out, err } = context.terminal;
  program.configureOutput({ writeOut: out, writeErr: err });
  program.exitOverride();
  addExamples(
    program,
    ["posthorn dev", "Start the service with sample data"],
    ["posthorn login --url https://webhooks.example.com", "Keep an address and a key"],
    ["posthorn deliveries list --status failed", "List dead letters"],
  );
  program.commandsGroup("Run the service:");
  addServiceCommands(program, context);
  program.commandsGroup("Choose a service:");
  addLoginCommands(program, context);
  addStatusCommand(program, context);
  program.commandsGroup("Configure:");
  addEventTypesCommands(program, context);
  addContractCommands(program, context);
  addEndpointsCommands(program, context);
  addKeysCommands(program, context);
  addImportCommands(program, context);
  program.commandsGroup("Publish and deliver:");
  addPublishCommands(program, context);
  addEventsCommands(program, context);
  addDeliveriesCommands(program, context);
  addReplayCommands(program, context);
  addListenCommand(program, context);
  addVerifyCommand(program, context);
  program.commandsGroup("Other:");
  addCompletionCommand(program, context);
  return program;
}

/**
 * Adds commands that run in this process. Their code is loaded only when they run, because the
 * service is large.
 */
function addServiceCommands(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("serve")
      .description("Run the service.")
      .option("--port <number>", "the port; default: POSTHORN_PORT", wholeNumber(0, 65_535))
      .option("--host <address>", "the address to listen on; default: POSTHORN_HOST")
      .option(
        "--processes <number>",
        "Node processes, for as many cores",
        wholeNumber(1, limits.processesMax),
        1,
      ),
    ["posthorn serve", "Run the service on 127.0.0.1:8420"],
    ["posthorn serve --host 0.0.0.0 --port 8080", "Listen on every interface, on another port"],
  ).action(async (options: { port?: number; host?: string; processes: number }) => {
    const { serve } = await import("./commands/serve.ts");
    await serve(options);
  });
  addExamples(
    program.command("dev").description("Run the service with a sample org, endpoint and inbox."),
    ["posthorn dev", "Start the service with sample data"],
  ).action(async () => {
    const { dev } = await import("./commands/dev/dev.ts");
    await dev();
  });
  addMaintenanceCommands(program, context);
}

/** Adds commands for the machine on which the service runs, and for its database. */
function addMaintenanceCommands(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("migrate")
      .description("Migrate the database at DATABASE_URL to this version, and exit."),
    ["posthorn migrate", "Migrate before the new version starts"],
  ).action(async () => {
    const { migrateDatabase } = await import("./commands/migrate.ts");
    await migrateDatabase();
  });
  addExamples(
    program
      .command("rekey")
      .description("Re-encrypt all stored secrets with POSTHORN_ENCRYPTION_KEY, and exit."),
    ["posthorn rekey", "Re-encrypt after the key was changed"],
  ).action(async () => {
    const { rekey } = await import("./commands/rekey.ts");
    await rekey();
  });
  addBackupCommands(program, context);
  addExamples(
    program
      .command("doctor")
      .description(
        "Check the configuration, the keys, the disk and the database, and say what to do about " +
          "each problem. Changes nothing. Exits with code 5 if there is a problem.",
      ),
    ["posthorn doctor", "Check before the first start, or when something is wrong"],
    ["posthorn doctor --json", "Print the checks for a script"],
  ).action(async (_options: unknown, command: Command) => {
    const { doctor } = await import("./commands/doctor/doctor.ts");
    await doctor(isJson(command), context);
  });
  const adminKey = addExamples(
    program.command("admin-key").description("Show or replace the admin key of this machine."),
    ["posthorn admin-key show", "Print the admin key"],
  );
  addExamples(
    adminKey
      .command("show")
      .description("Print the admin key: POSTHORN_ADMIN_KEY, or the one in the data folder."),
    ["KEY=$(posthorn admin-key show)", "Keep the admin key in a variable"],
  ).action(async () => {
    const { showAdminKey } = await import("./commands/admin-key.ts");
    await showAdminKey(context.terminal);
  });
  addExamples(
    adminKey
      .command("rotate")
      .description(
        "Replace the admin key in the data folder. The service uses the new key, and ends the " +
          "sessions of the old one, after a restart.",
      ),
    ["posthorn admin-key rotate", "Replace the admin key, and print the new one"],
  ).action(async () => {
    const { changeAdminKey } = await import("./commands/admin-key.ts");
    await changeAdminKey(context.terminal);
  });
}

const isJson = (command: Command): boolean =>
  command.optsWithGlobals<{ json?: true }>().json === true;

/** Commands that save, restore and move the whole database. */
function addBackupCommands(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("backup")
      .description(
        "Save the database to one file: that of DATABASE_URL, or of the data folder. The service " +
          "may be running. The file contains no key: keep the encryption key in another place.",
      )
      .argument("<file>", "a new file; - for standard output"),
    ["posthorn backup posthorn.backup", "Save everything to a file"],
    ["posthorn backup - | ssh backups 'cat > posthorn.backup'", "Save it on another machine"],
  ).action(async (file: string, _options: unknown, command: Command) => {
    const { runBackup } = await import("./commands/database/commands.ts");
    await runBackup(file, isJson(command), context);
  });
  addExamples(
    program
      .command("restore")
      .description(
        "Restore a backup into the empty database of DATABASE_URL, or into a new data folder: " +
          "everything or nothing. It needs the encryption key of the original. Deliveries that " +
          "were pending in the backup are sent when the service starts.",
      )
      .argument("<file>", "a file of posthorn backup; - for standard input"),
    ["posthorn restore posthorn.backup", "Restore into the empty database of DATABASE_URL"],
    [
      "POSTHORN_DATA_DIR=/var/lib/restored posthorn restore posthorn.backup",
      "Restore into a new data folder",
    ],
  ).action(async (file: string, _options: unknown, command: Command) => {
    const { runRestore } = await import("./commands/database/commands.ts");
    await runRestore(file, isJson(command), context);
  });
  addExamples(
    program
      .command("upgrade-database")
      .description(
        "Move the database in the data folder to the PostgreSQL of this version of Posthorn. The " +
          "service must be stopped. The old files are kept. It needs the programs of the old " +
          "PostgreSQL, and says how to install them if they are missing.",
      )
      .option("--old-bin <folder>", "the folder with the old PostgreSQL's programs"),
    ["posthorn upgrade-database", "Move the database, with PostgreSQL programs of this machine"],
    [
      "posthorn upgrade-database --old-bin /usr/lib/postgresql/17/bin",
      "Name the old PostgreSQL's programs",
    ],
  ).action(async ({ oldBin }: { oldBin?: string }, command: Command) => {
    const { runUpgrade } = await import("./commands/database/commands.ts");
    await runUpgrade(oldBin ?? null, isJson(command), context);
  });
}
