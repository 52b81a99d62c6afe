/** Defines the options and examples of `posthorn import`. */
import type { Command } from "commander";
import { addExamples } from "../../client/examples.ts";
import type { CommandContext } from "../../client/terminal.ts";
import type { ImportOptions } from "./svix.ts";

export function addImportCommands(program: Command, context: CommandContext): void {
  const imports = addExamples(
    program.command("import").description("Move in from another service."),
    [
      "posthorn import svix --from https://svix.example.com",
      "Show what would be imported from Svix",
    ],
  );
  addExamples(
    imports
      .command("svix")
      .description(
        "Import event types, applications and endpoints from a Svix server, with their ids and " +
          "secrets. Without --apply, the command only shows what it would do. It can be repeated: " +
          "it adds what is missing and changes nothing that exists. Exits with code 5 if " +
          "something could not be imported.",
      )
      .option("--from <url>", "the Svix server's address; default: SVIX_SERVER_URL")
      .option("--token <token>", "its API token; default: SVIX_TOKEN")
      .option(
        "--headers <json>",
        "values of headers that the server withholds, by endpoint id and name: JSON, @file or -",
      )
      .option("--apply", "import"),
    ["posthorn import svix --from https://svix.example.com", "Show what would be imported"],
    ["posthorn import svix --from https://svix.example.com --apply", "Import"],
  ).action(async (options: ImportOptions, command: Command) => {
    const { importSvix } = await import("./svix.ts");
    await importSvix(context, command, options);
  });
}
