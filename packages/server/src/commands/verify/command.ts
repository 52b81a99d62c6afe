/** Defines the options and examples of `posthorn verify`. */
import type { Command } from "commander";
import { timeOrAge, wholeNumber } from "../../client/arguments.ts";
import { addExamples } from "../../client/examples.ts";
import type { CommandContext } from "../../client/terminal.ts";
import type { VerifyOptions } from "./verify.ts";

/**
 * Adds the command. The code that verifies is loaded only when the command runs, because it
 * compiles all contracts.
 */
export function addVerifyCommand(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("verify")
      .description(
        "Check the signature of a request that a receiver got, and say why it does not match. " +
          "Exits with code 5 if it is wrong. Works without a service.",
      )
      .requiredOption(
        "--secret <secret>",
        "the endpoint's secret, @file, or - for standard input; repeatable",
        addTo,
      )
      .option("--request <file>", "the whole request: headers, an empty line, and the body")
      .option("--header <line>", "a header, 'Name: value'; repeatable", addTo)
      .option("--body <file>", "the raw body, as it was received")
      .option("--contract <name>", "only this contract; default: all that Posthorn contains")
      .option("--tolerance <seconds>", "the allowed age", wholeNumber(0, 31_536_000), 300)
      .option("--at <time>", "when the request was received; default: now", timeOrAge)
      .option("--attempt <id>", "compare with the request of this attempt; needs a key"),
    [
      "posthorn verify --secret @secret.txt --request request.txt",
      "Check a whole request in a file",
    ],
    [
      "posthorn verify --secret @secret.txt --header 'X-CDA-Signature: 5f0c…' --body body.json",
      "Check a body with its headers",
    ],
    [
      "posthorn verify --secret @secret.txt --request request.txt --at 2026-11-30T09:00:00Z",
      "Check a request that was received earlier",
    ],
  ).action(async (options: VerifyOptions, command: Command) => {
    const { verify } = await import("./verify.ts");
    await verify(options, context, command);
  });
}

function addTo(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
