/** Completion scripts for bash, zsh and fish. Each finds out which command the typed words name. */
import { flagsWithValue, type CompletionNode } from "./tree.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** Returns the completion script for a shell. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
  return `${scripts[shell](nodes).join("\n")}\n`;
}

/** Puts a text in single quotes, for bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Puts a text in single quotes, for fish. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

/** The patterns of a `case` statement that matches all commands except the program itself. */
function knownCommands(nodes: readonly CompletionNode[]): readonly string[] {
  return nodes.filter(({ at }) => at !== "").map(({ at }) => quoted(at));
}

function bashScript(nodes: readonly CompletionNode[]): readonly string[] {
  return [
    "# Completion of posthorn for bash: source <(posthorn completion bash)",
    "_posthorn() {",
    "  local current=${COMP_WORDS[COMP_CWORD]} at='' is_value='' word i",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    "    word=${COMP_WORDS[i]}",
    "    if [[ -n $is_value ]]; then is_value=''; continue; fi",
    "    case $word in",
    `      ${flagsWithValue(nodes).join("|")}) is_value=1 ;;`,
    "      -*) ;;",
    `      *) case "$at $word" in ${knownCommands(nodes).join("|")}) at="$at $word" ;; esac ;;`,
    "    esac",
    "  done",
    "  COMPREPLY=()",
    "  if [[ -n $is_value ]]; then return; fi",
    "  local commands='' options=''",
    "  case $at in",
    ...nodes.flatMap(({ at, children, options }) => [
      `    ${quoted(at)})`,
      `      commands=${quoted(children.map(({ name }) => name).join(" "))}`,
      `      options=${quoted(options.map(({ flag }) => flag).join(" "))} ;;`,
    ]),
    "  esac",
    "  if [[ $current == -* ]]; then commands=$options; fi",
    '  COMPREPLY=($(compgen -W "$commands" -- "$current"))',
    "}",
    // If nothing matches, bash completes file names.
    "complete -o default -F _posthorn posthorn",
  ];
}

function zshScript(nodes: readonly CompletionNode[]): readonly string[] {
  const described = (name: string, description: string): string =>
    quoted(`${name.replaceAll(":", String.raw`\:`)}:${description}`);
  return [
    "#compdef posthorn",
    "# Completion of posthorn for zsh: source <(posthorn completion zsh)",
    "_posthorn() {",
    "  local at='' is_value='' word i",
    "  local -a commands options",
    "  for ((i = 2; i < CURRENT; i++)); do",
    "    word=${words[i]}",
    "    if [[ -n $is_value ]]; then is_value=''; continue; fi",
    "    case $word in",
    `      ${flagsWithValue(nodes).join("|")}) is_value=1 ;;`,
    "      -*) ;;",
    `      *) case "$at $word" in ${knownCommands(nodes).join("|")}) at="$at $word" ;; esac ;;`,
    "    esac",
    "  done",
    "  if [[ -n $is_value ]]; then _files; return; fi",
    "  case $at in",
    ...nodes.flatMap(({ at, children, options }) => [
      `    ${quoted(at)})`,
      `      commands=(${children.map((each) => described(each.name, each.description)).join(" ")})`,
      `      options=(${options.map((each) => described(each.flag, each.description)).join(" ")}) ;;`,
    ]),
    "  esac",
    "  if [[ ${words[CURRENT]} == -* ]]; then _describe option options",
    "  elif (( ${#commands} > 0 )); then _describe command commands",
    "  else _files; fi",
    "}",
    // As a file in $fpath, this script is the function itself. If it is sourced, it must register
    // the function.
    'if [[ ${funcstack[1]} == _posthorn ]]; then _posthorn "$@"; else compdef _posthorn posthorn; fi',
  ];
}

function fishScript(nodes: readonly CompletionNode[]): readonly string[] {
  const known = nodes.filter(({ at }) => at !== "").map(({ at }) => fishQuoted(at));
  return [
    "# Completion of posthorn for fish: posthorn completion fish | source",
    "function __posthorn_at",
    "  set -l at ''",
    "  set -l is_value 0",
    "  for word in (commandline -opc)[2..-1]",
    "    if test $is_value = 1",
    "      set is_value 0",
    "      continue",
    "    end",
    "    switch $word",
    `      case ${flagsWithValue(nodes).join(" ")}`,
    "        set is_value 1",
    "      case '-*'",
    "      case '*'",
    '        switch "$at $word"',
    `          case ${known.join(" ")}`,
    '            set at "$at $word"',
    "        end",
    "    end",
    "  end",
    '  test "$at" = "$argv[1]"',
    "end",
    ...nodes.flatMap(({ at, children, options }) => {
      const here = `complete -c posthorn -n ${fishQuoted(`__posthorn_at ${fishQuoted(at)}`)}`;
      return [
        ...children.map(
          ({ name, description }) => `${here} -f -a ${name} -d ${fishQuoted(description)}`,
        ),
        ...options.map(
          ({ flag, hasValue, description }) =>
            `${here} -l ${flag.slice(2)}${hasValue ? " -r" : ""} -d ${fishQuoted(description)}`,
        ),
      ];
    }),
  ];
}
