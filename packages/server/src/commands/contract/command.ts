/** Defines the options and examples of `posthorn contract`. */
import type { Command } from "commander";
import { wholeNumber } from "../../client/arguments.ts";
import { addExamples } from "../../client/examples.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { limits } from "../../limits.ts";
import type { CheckCommandOptions } from "./check.ts";
import type { ApplyOptions, PreviewCommandOptions } from "./manage.ts";

/**
 * Adds the commands. Their code is loaded only when one runs, because reading documents compiles
 * their schema.
 */
export function addContractCommands(program: Command, context: CommandContext): void {
  const contract = addExamples(
    program
      .command("contract")
      .description("List, preview, check and store contracts: how webhooks look on the wire."),
    ["posthorn contract list", "List the contracts of the service"],
    [
      "posthorn contract check acme.json --request recorded.http --secret @secret.txt",
      "Compare a contract with a recorded request of another sender",
    ],
  );
  addList(contract, context);
  addPreview(contract, context);
  addCheck(contract, context);
  addApply(contract, context);
}

const json = (command: Command): boolean =>
  command.optsWithGlobals<{ json?: true }>().json === true;

const addTo = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

function addList(contract: Command, context: CommandContext): void {
  addExamples(
    contract.command("list").description("List the contracts of the service."),
    ["posthorn contract list", "List them"],
    ["posthorn contract list --json", "Print their documents"],
  ).action(async (_options: unknown, command: Command) => {
    const { list } = await import("./manage.ts");
    await list(context, command);
  });
}

function addPreview(contract: Command, context: CommandContext): void {
  addExamples(
    contract
      .command("preview")
      .description(
        "Print the request that a contract would send. Works without a service for a file and " +
          "for shipped contracts.",
      )
      .argument("<contract>", "a file, - for standard input, or a contract's name")
      .option("--event-type <name>", "the event type", "example.created")
      .option("--data <json>", "the event's data as JSON, @file, or - for standard input")
      .option("--id <id>", "the event's external id")
      .option("--to <url>", "the endpoint's URL", "https://example.com/webhooks")
      .option("--secret <secret>", secretHelp, addTo),
    ["posthorn contract preview acme.json", "Print an example request"],
    [
      "posthorn contract preview acme.json --event-type order.paid --data @order.json",
      "Print the request of an event of your own",
    ],
  ).action(async (given: string, options: PreviewCommandOptions, command: Command) => {
    const { previewCommand } = await import("./manage.ts");
    await previewCommand(given, options, context, command);
  });
}

const secretHelp =
  "a secret, @file, or - for standard input; name=secret if the contract has several; repeatable";

function addCheck(contract: Command, context: CommandContext): void {
  addExamples(
    contract
      .command("check")
      .description(
        "Compare a recorded request of another sender with what a contract would send, header by " +
          "header and byte by byte. Times and ids are taken from the recorded request, so it may " +
          "be old. Says how a signature was made if it differs. Exits with code 5 if something " +
          "differs. Works without a service.",
      )
      .argument("<contract>", "a file, - for standard input, or the name of a shipped contract")
      .requiredOption(
        "--request <file>",
        "the recorded request: raw HTTP (request line, headers, an empty line, body), or HAR",
      )
      .option("--secret <secret>", secretHelp, addTo)
      .option("--to <url>", "the URL that it was sent to; default: from the recorded request")
      .option(
        "--entry <number>",
        "which request of a HAR file",
        wholeNumber(1, limits.commandInputBytesMax),
      )
      .option(
        "--signing-keys <set>",
        "the platform's private keys, if the contract signs with them, as in " +
          "POSTHORN_SIGNING_KEYS; @file",
      ),
    [
      "posthorn contract check acme.json --request recorded.http --secret @secret.txt",
      "Check a document against a raw request",
    ],
    [
      "posthorn contract check stripe-like --request export.har --entry 3 --secret @secret.txt",
      "Check a shipped contract against the third request of a HAR file",
    ],
  ).action(async (given: string, options: CheckCommandOptions, command: Command) => {
    const { check } = await import("./check.ts");
    await check(given, options, context, json(command));
  });
}

function addApply(contract: Command, context: CommandContext): void {
  addExamples(
    contract
      .command("apply")
      .description("Store contracts from files, and show what changed.")
      .argument("<files...>", "the documents; - for standard input")
      .option("--dry-run", "show what would change, and change nothing"),
    ["posthorn contract apply acme.json --dry-run", "Show what would change"],
    ["posthorn contract apply contracts/*.json", "Store all documents of a folder"],
  ).action(async (files: readonly string[], options: ApplyOptions, command: Command) => {
    const { apply } = await import("./manage.ts");
    await apply(files, options, context, command);
  });
}
