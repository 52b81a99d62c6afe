/** Reads the document that a command names: a file, or a shipped contract. */
import type { Contract } from "../../contracts/contract.ts";
import { loadContracts, parseContract } from "../../contracts/load.ts";
import { secretsOf } from "../../contracts/checks.ts";
import { readArgument, readInputText } from "../../client/input.ts";
import type { Terminal } from "../../client/terminal.ts";
import type { GivenSecret } from "./rebuild.ts";

export interface NamedDocument {
  readonly contract: Contract;
  readonly text: string;
}

/**
 * @param given a file, `-` for standard input, or the name of a shipped contract.
 * @throws PosthornError `PH_CONTRACT_INVALID`, `PH_FILE_UNREADABLE`
 */
export async function readDocumentFile(given: string, terminal: Terminal): Promise<NamedDocument> {
  const shipped = loadContracts().get(given);
  if (shipped !== undefined) return { contract: shipped, text: JSON.stringify(shipped) };
  const text = await readInputText(given, terminal);
  return { contract: parseContract(text, given), text };
}

/**
 * Reads `SECRET`, or `NAME=SECRET` for a secret that the contract names. The secret may be `@file`,
 * or `-` for standard input.
 */
export async function readSecret(
  contract: Contract,
  given: string,
  terminal: Terminal,
): Promise<GivenSecret> {
  const names = Object.keys(secretsOf(contract));
  const named = names.find((name) => given.startsWith(`${name}=`));
  const text = named === undefined ? given : given.slice(named.length + 1);
  const isRead = text.startsWith("@") || text === "-";
  const read = await readArgument(text, terminal);
  // Editors end a file with a line break, which is not part of the secret.
  const secret = isRead ? read.replace(/\r?\n$/, "") : read;
  return { name: named ?? names[0] ?? "main", text: secret };
}
