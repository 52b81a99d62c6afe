/** The commands of `posthorn`, with their options and examples. */
import { Command, Option } from "commander";
import { addExamples } from "./client/examples.ts";
import type { CommandContext } from "./client/terminal.ts";
import { wholeNumber } from "./client/arguments.ts";
import { addDeliveriesCommands } from "./commands/api/deliveries.ts";
import { addEndpointsCommands } from "./commands/api/endpoints.ts";
import { addEventTypesCommands } from "./commands/api/event-types.ts";
import { addKeysCommands } from "./commands/api/keys.ts";
import { addLoginCommands } from "./commands/api/login.ts";
import { addPublishCommands } from "./commands/api/publish.ts";
import { addReplayCommands } from "./commands/api/replay.ts";
import { addStatusCommand } from "./commands/api/status.ts";
import { addCompletionCommand } from "./commands/completion/command.ts";
import { addListenCommand } from "./commands/listen/command.ts";
import { addVerifyCommand } from "./commands/verify/command.ts";
import { limits } from "./limits.ts";
import { version } from "./version.ts";

/** Builds the whole command line. Nothing runs before it is parsed. */
export function createProgram(context: CommandContext): Command {
  const program = new Command("posthorn")
    .description("Sends a platform's webhooks, with signatures, retries, replays and explanations.")
    .version(version)
    .addOption(new Option("--url <url>", "the service's address; default: POSTHORN_URL"))
    .addOption(new Option("--key <key>", "the API key; default: POSTHORN_KEY"))
    .addOption(new Option("--profile <name>", "the profile of posthorn login to use"))
    .addOption(new Option("--json", "print the API's rows as JSON"))
    .showHelpAfterError("Add --help for the arguments and examples.");
  // Commands copy these settings when they are created, so they come first.
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
  addServiceCommands(program);
  program.commandsGroup("Choose a service:");
  addLoginCommands(program, context);
  addStatusCommand(program, context);
  program.commandsGroup("Configure:");
  addEventTypesCommands(program, context);
  addEndpointsCommands(program, context);
  addKeysCommands(program, context);
  program.commandsGroup("Publish and deliver:");
  addPublishCommands(program, context);
  addDeliveriesCommands(program, context);
  addReplayCommands(program, context);
  addListenCommand(program, context);
  addVerifyCommand(program, context);
  program.commandsGroup("Other:");
  addCompletionCommand(program, context);
  return program;
}

/** Commands that run here. They are loaded when they run, because the service is large. */
function addServiceCommands(program: Command): void {
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
}
