/** The data that a completion script needs about the commands, read from commander. */
import type { Command, Option } from "commander";

export interface CompletionNode {
  /** The words after `posthorn`, each with a space before it. Empty for the program itself. */
  readonly at: string;
  readonly children: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
}

export interface CompletionOption {
  /** The option, e.g. `--org`. */
  readonly flag: string;
  readonly hasValue: boolean;
  readonly description: string;
}

/** Every command, starting with the program itself. A command also has the program's options. */
export function completionNodes(program: Command): readonly CompletionNode[] {
  const globals = program.options.map(describeOption);
  const nodes: CompletionNode[] = [];
  const visit = (command: Command, at: string): void => {
    const own = command === program ? [] : command.options.map(describeOption);
    const help = { flag: "--help", hasValue: false, description: "display help for command" };
    nodes.push({
      at,
      children: command.commands.map((each) => ({
        name: each.name(),
        description: firstSentence(each.description()),
      })),
      options: [...own, ...globals, help],
    });
    for (const child of command.commands) visit(child, `${at} ${child.name()}`);
  };
  visit(program, "");
  return nodes;
}

/** The flags after which the next word is a value and not a command. */
export function flagsWithValue(nodes: readonly CompletionNode[]): readonly string[] {
  const flags = nodes.flatMap(({ options }) =>
    options.filter(({ hasValue }) => hasValue).map(({ flag }) => flag),
  );
  return [...new Set(flags)];
}

function describeOption(option: Option): CompletionOption {
  return {
    flag: option.long ?? option.short ?? "",
    hasValue: option.required || option.optional,
    description: firstSentence(option.description),
  };
}

function firstSentence(text: string): string {
  return text.split(/\.\s(?=[A-Z])/)[0]?.replace(/\.$/, "") ?? "";
}
