/** `posthorn backup`: saves the whole database to one file. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { link, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { withCopyClient } from "../../backup/connect.ts";
import { saveDatabase, type Saved } from "../../backup/save.ts";
import type { Config } from "../../config/config.ts";
import { exists, syncFolder } from "../../embedded/cluster.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { errorCode, reasonOf } from "../../errors/reasons.ts";
import { findEncryptionKey } from "../../service/keys.ts";
import { openToRead, type Settings } from "./place.ts";
import { rowsIn } from "./rows.ts";

export interface BackupOptions {
  readonly config: Config;
  /** `-` for standard output. */
  readonly file: string;
  readonly stopping?: AbortSignal;
  readonly settings?: Settings;
}

export interface BackupDone extends Saved {
  /** The size of the file; null for standard output. */
  readonly bytes: number | null;
}

/**
 * Saves the database. The file appears when it is complete.
 *
 * @throws PosthornError `PH_FILE_EXISTS`, `PH_FILE_UNREADABLE`, and those of `openToRead`.
 */
export async function backUp(options: BackupOptions): Promise<BackupDone> {
  const { config, file, stopping, settings } = options;
  if (file !== "-" && (await exists(file))) throw new PosthornError("PH_FILE_EXISTS", { file });
  const { connectionString, close } = await openToRead(config, settings);
  try {
    return await withCopyClient(connectionString, async (connected) => {
      let saved: Saved | null = null;
      const content = saveDatabase(connected, (each) => (saved = each), stopping);
      const bytes = await (file === "-" ? print(content) : writeWhole(file, content));
      if (saved === null) throw new Error("The backup ended early.");
      return { ...(saved as Saved), bytes };
    });
  } finally {
    await close();
  }
}

async function print(content: AsyncIterable<Buffer>): Promise<null> {
  await pipeline(content, createGzip(), process.stdout, { end: false });
  return null;
}

/**
 * The file contains customers' data, so only its owner may read it. Two backups to the same name
 * write to different files. The second to end fails, because a link never replaces a file.
 */
async function writeWhole(file: string, content: AsyncIterable<Buffer>): Promise<number> {
  const unfinished = `${file}.${randomBytes(6).toString("hex")}.unfinished`;
  const output = createWriteStream(unfinished, { flags: "wx", mode: 0o600, flush: true });
  try {
    await pipeline(content, createGzip(), output);
    await link(unfinished, file);
    await rm(unfinished);
    // The new name survives a power failure only after that.
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(unfinished, { force: true });
    if (errorCode(error) === "EEXIST") throw new PosthornError("PH_FILE_EXISTS", { file });
    const isOfFile = error instanceof Error && "path" in error;
    if (!isOfFile) throw error;
    throw new PosthornError("PH_FILE_UNREADABLE", { file, reason: reasonOf(error) });
  }
  return (await stat(file)).size;
}

function sizeOf(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes < 1 ? `${Math.ceil(bytes / 1024)} KiB` : `${mebibytes.toFixed(1)} MiB`;
}

/** Tells the user, in sentences, what the file contains and what it lacks. */
export async function describeBackup(
  done: BackupDone,
  { config, file }: BackupOptions,
): Promise<string> {
  const { manifest, rows, bytes } = done;
  const size = bytes === null ? "" : ` (${sizeOf(bytes)})`;
  const [keyId, ...formerIds] = manifest.encryption_key_ids;
  const formers =
    formerIds.length === 0
      ? ""
      : `Some are still encrypted with former keys: ${formerIds.join(", ")}. A restore needs them ` +
        "too, in POSTHORN_DECRYPTION_KEYS.\n";
  const secrets =
    keyId === undefined
      ? ""
      : `The endpoints' secrets in it are encrypted with key ${keyId}, which the backup does ` +
        `not contain. It is in ${(await findEncryptionKey(config)).place}. Keep a copy of that ` +
        `key in another place: without it the backup cannot be restored.\n${formers}`;
  return (
    `Saved ${rowsIn(rows)} rows to ${file === "-" ? "standard output" : file}${size}, as of ` +
    `${manifest.created_at}.\n${secrets}`
  );
}
