/** What a completion script knows about the commands: commander's own tree, as data. */
import type { Command, Option } from "commander";

export interface CompletionNode {
  /** The words after `posthorn`, each with a space before it; empty for the top. */
  readonly at: string;
  readonly children: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
}

export interface CompletionOption {
  /** Such as `--org`. */
  readonly flag: string;
  readonly hasValue: boolean;
  readonly description: string;
}

/** Every command, the program first. Options of the program are those of each command, too. */
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

/** The flags after which a word is a value and no command. */
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
