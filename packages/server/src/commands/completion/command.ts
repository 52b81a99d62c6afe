/** `posthorn completion`: prints a script with which a shell completes commands. */
import { Argument, type Command } from "commander";
import { addExamples } from "../../client/examples.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { completionScript, shells, type Shell } from "./scripts.ts";
import { completionNodes } from "./tree.ts";

export function addCompletionCommand(program: Command, { terminal }: CommandContext): void {
  addExamples(
    program
      .command("completion")
      .description("Print a script that completes commands and options in a shell.")
      .addArgument(new Argument("<shell>", "the shell").choices(shells)),
    ["source <(posthorn completion bash)", "Complete in this bash"],
    ["posthorn completion zsh > ~/.zfunc/_posthorn", "Complete in zsh, with ~/.zfunc in $fpath"],
    [
      "posthorn completion fish > ~/.config/fish/completions/posthorn.fish",
      "Complete in every fish",
    ],
  ).action((shell: Shell) => terminal.out(completionScript(shell, completionNodes(program))));
}
