/** Generates docs/reference/command-line.md from the definitions of all commands. */
import type { Command, Option } from "commander";
import { examplesOf } from "../packages/server/src/client/examples.ts";
import type { CommandContext } from "../packages/server/src/client/terminal.ts";
import { clientVariables } from "../packages/server/src/config/client-variables.ts";
import { readClientEnvironment } from "../packages/server/src/config/config.ts";
import { exitCodeMeanings } from "../packages/server/src/errors/exit-codes.ts";
import { createProgram } from "../packages/server/src/program.ts";

/** The program, with input and output streams that no command uses. */
export function programForDocs(): Command {
  const context: CommandContext = {
    terminal: {
      out: () => undefined,
      err: () => undefined,
      readInput: () => Promise.resolve(Buffer.alloc(0)),
      askSecret: () => Promise.resolve(null),
      stopped: () => Promise.resolve(),
    },
    environment: readClientEnvironment({}),
    timeZone: "UTC",
    now: () => 0,
    exitCode: 0,
  };
  return createProgram(context);
}

/** Every command with the words that call it, starting with the program itself. */
export function allCommands(program: Command): readonly (readonly [words: string, Command])[] {
  const visit = (command: Command, words: string): (readonly [string, Command])[] => [
    [words, command],
    ...command.commands.flatMap((each) => visit(each, `${words} ${each.name()}`)),
  ];
  return visit(program, program.name());
}

export function commandLinePage(generated: string): string {
  const program = programForDocs();
  return [
    "# Command line",
    "",
    generated,
    "",
    "Options of every command:",
    "",
    ...optionTable(program.options),
    "",
    "Options come before these variables, and the variables before the profile:",
    "",
    "| variable | description |",
    "|---|---|",
    ...Object.values(clientVariables).map(
      ({ name, description }) => `| \`${name}\` | ${cell(description)} |`,
    ),
    "",
    "Without any of them, commands call the service on this machine: its data folder contains its",
    "address and the admin key. Tables show local times; `--json` prints the API's own rows. Errors go to standard error,",
    "with their [code](errors.md).",
    "",
    "| exit code | meaning |",
    "|---|---|",
    ...Object.entries(exitCodeMeanings).map(([code, meaning]) => `| ${code} | ${meaning} |`),
    "",
    ...allCommands(program)
      .slice(1)
      .flatMap(([words, command]) => section(words, command)),
  ].join("\n");
}

function section(words: string, command: Command): readonly string[] {
  const heading = `## ${words}`;
  const lines = [heading, "", command.description(), ""];
  const operands = command.registeredArguments;
  if (command.commands.length === 0) {
    const usage = [words, command.options.length > 0 ? "[options]" : "", ...operands.map(usageOf)];
    lines.push("```", usage.filter((each) => each !== "").join(" "), "```", "");
  }
  if (operands.length > 0) {
    const rows = operands.map(
      (each) => `| \`${usageOf(each)}\` | ${cell(choices(each.description, each.argChoices))} |`,
    );
    lines.push("| argument | description |", "|---|---|", ...rows, "");
  }
  if (command.options.length > 0) lines.push(...optionTable(command.options), "");
  const examples = examplesOf(command).flatMap(({ line, meaning }) => [`# ${meaning}`, line]);
  return [...lines, "```sh", ...examples, "```", ""];
}

function usageOf(argument: { name(): string; readonly required: boolean }): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

function optionTable(options: readonly Option[]): readonly string[] {
  const rows = options.map(
    ({ flags, description, argChoices, defaultValue }) =>
      `| \`${flags}\` | ${cell(choices(description, argChoices))} | ${
        defaultValue === undefined ? "" : String(defaultValue)
      } |`,
  );
  return ["| option | description | default |", "|---|---|---|", ...rows];
}

function choices(description: string, values: readonly string[] | undefined): string {
  return values === undefined ? description : `${description}: ${values.join(", ")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
