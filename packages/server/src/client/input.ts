/** Reads the input of a command: files, standard input, and arguments. */
import { open } from "node:fs/promises";
import { PosthornError } from "../errors/catalogue.ts";
import { reasonOf } from "../errors/reasons.ts";
import { limits } from "../limits.ts";
import type { Terminal } from "./terminal.ts";

const bytesMax = limits.commandInputBytesMax;

/**
 * Reads a file, or standard input for `-`.
 * @throws PosthornError `PH_FILE_UNREADABLE`, also if there is more than
 * `limits.commandInputBytesMax`.
 */
export async function readInputFile(file: string, terminal: Terminal): Promise<Buffer> {
  const bytes = file === "-" ? await terminal.readInput(bytesMax) : await readBounded(file);
  if (bytes.length > bytesMax)
    throw unreadable(file, `it is larger than ${bytesMax / 1024 ** 2} MiB`);
  return bytes;
}

/**
 * Reads a file as text in UTF-8.
 * @throws PosthornError `PH_FILE_UNREADABLE`
 */
export async function readInputText(file: string, terminal: Terminal): Promise<string> {
  const bytes = await readInputFile(file, terminal);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(file, "it is not UTF-8");
  }
}

/**
 * Returns the text of an argument. `@file` means the content of a file, and `-` means standard
 * input.
 */
export async function readArgument(text: string, terminal: Terminal): Promise<string> {
  if (text === "-") return readInputText("-", terminal);
  return text.startsWith("@") ? readInputText(text.slice(1), terminal) : text;
}

/**
 * Returns the JSON text of an argument unchanged, so that numbers keep their digits and members
 * their order.
 * @throws PosthornError `PH_ARGUMENT_INVALID` if it is not JSON.
 */
export async function readJsonArgument(
  text: string,
  of: { readonly argument: string; readonly command: string },
  terminal: Terminal,
): Promise<string> {
  const json = await readArgument(text, terminal);
  try {
    JSON.parse(json);
    return json;
  } catch (error) {
    throw new PosthornError("PH_ARGUMENT_INVALID", { ...of, reason: reasonOf(error) });
  }
}

/** Reads up to one byte more than allowed, to detect a file that is too large. */
async function readBounded(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, "r");
    try {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of handle.createReadStream({ end: bytesMax, autoClose: false })) {
        chunks.push(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
      return Buffer.concat(chunks, bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, reasonOf(error));
  }
}

function unreadable(file: string, reason: string): PosthornError {
  return new PosthornError("PH_FILE_UNREADABLE", { file, reason });
}
