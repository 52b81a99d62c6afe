/** Examples of commands, for `--help` and the reference page. */
import type { Command } from "commander";

export interface Example {
  /** The command to type. */
  readonly line: string;
  readonly meaning: string;
}

const examples = new WeakMap<Command, readonly Example[]>();

/** Adds examples to a command's help. Each pair contains the command to type and its effect. */
export function addExamples(
  command: Command,
  ...pairs: readonly (readonly [line: string, meaning: string])[]
): Command {
  const all = pairs.map(([line, meaning]) => ({ line, meaning }));
  examples.set(command, all);
  const lines = all.map(({ line, meaning }) => `  # ${meaning}\n  ${line}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n\n")}`);
}

export function examplesOf(command: Command): readonly Example[] {
  return examples.get(command) ?? [];
}
