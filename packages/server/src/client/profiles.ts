/**
 * The profiles file: addresses and keys that `posthorn login` stores. Only its owner can read it.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { errorCode, reasonOf } from "../errors/reasons.ts";

export interface Profile {
  readonly url: string;
  readonly key: string;
}

export interface Profiles {
  /** The profile to use if the command names none; null if there is none. */
  readonly current: string | null;
  readonly profiles: ReadonlyMap<string, Profile>;
}

const none: Profiles = { current: null, profiles: new Map() };

/**
 * Reads the profiles. The result is empty if there is no file.
 * @throws PosthornError `PH_PROFILES_FILE` if other users may read the file, or if it is malformed.
 */
export async function readProfiles(file: string): Promise<Profiles> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw unusable(file, "other users may read or write it; run chmod 600");
    }
    text = await readFile(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return none;
    if (error instanceof PosthornError) throw error;
    throw unusable(file, reasonOf(error));
  }
  return parse(file, text);
}

/**
 * Writes the profiles atomically, with the file mode 0600.
 * @throws PosthornError `PH_PROFILES_FILE`
 */
export async function writeProfiles(file: string, { current, profiles }: Profiles): Promise<void> {
  const document = { current, profiles: Object.fromEntries(profiles) };
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomBytes(6).toString("hex")}`;
    await writeFile(draft, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(draft, file);
  } catch (error) {
    throw unusable(file, reasonOf(error));
  }
}

function parse(file: string, text: string): Profiles {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's message is not used, because it would contain a part of the file, e.g. of a key.
    throw unusable(file, "it is not JSON");
  }
  const { current, profiles } = Object(document) as Readonly<Record<string, unknown>>;
  const entries = Object.entries(Object(profiles) as object);
  if (!entries.every(isProfileEntry) || !(current === null || typeof current === "string")) {
    throw unusable(file, "it contains something else than profiles");
  }
  return { current, profiles: new Map(entries) };
}

function isProfileEntry(entry: [string, unknown]): entry is [string, Profile] {
  const { url, key } = Object(entry[1]) as Readonly<Record<string, unknown>>;
  return typeof url === "string" && typeof key === "string";
}

function unusable(file: string, reason: string): PosthornError {
  return new PosthornError("PH_PROFILES_FILE", { file, reason });
}
