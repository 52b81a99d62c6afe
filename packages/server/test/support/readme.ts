/**
 * Extracts the steps of a README section in their order: starts of the service, variables to set,
 * and commands to paste.
 */

/** What the reader does next. */
export type Step =
  | { readonly kind: "start"; readonly environment: Readonly<Record<string, string>> }
  | { readonly kind: "set"; readonly name: string; readonly value: string }
  | { readonly kind: "curl"; readonly command: string };

const startCommand = /^((?:\w+=\S+ +)*)npm start$/;

/** @throws Error if the section does not exist, or if it contains an unknown kind of command. */
export function stepsOf(text: string, heading: string): readonly Step[] {
  const from = text.indexOf(`\n## ${heading}\n`);
  if (from === -1) throw new Error(`The README has no section ${heading}.`);
  const to = text.indexOf("\n## ", from + 1);
  const section = text.slice(from, to === -1 ? undefined : to);
  // Code blocks, and inline code, which may contain a line break.
  const code = section.matchAll(/^```\w*\n([^]*?)^```$|`([^`]+)`/gm);
  return [...code].flatMap(([, block, inline]) => {
    if (block !== undefined) return commandsOf(block).map(stepOf);
    const start = startOf((inline ?? "").replaceAll(/\s+/g, " "));
    return start === null ? [] : [start];
  });
}

/** A command ends at the end of a line, unless the line ends with a backslash. */
function commandsOf(block: string): readonly string[] {
  return block
    .split(/(?<!\\)\n/)
    .map((command) => command.trim())
    .filter((command) => command !== "");
}

function stepOf(command: string): Step {
  if (command.startsWith("curl ")) return { kind: "curl", command };
  const set = /^export (\w+)=(.*)$/.exec(command);
  if (set !== null) return { kind: "set", name: set[1] ?? "", value: set[2] ?? "" };
  const start = startOf(command);
  if (start === null) throw new Error(`The test cannot run this command: ${command}`);
  return start;
}

function startOf(command: string): Step | null {
  const given = startCommand.exec(command)?.[1];
  if (given === undefined) return null;
  const pairs = given.split(" ").filter((pair) => pair !== "");
  return {
    kind: "start",
    environment: Object.fromEntries(pairs.map((pair) => pair.split("=", 2) as [string, string])),
  };
}
