/** Decides which service a command calls, and with which key. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { addressFileName, type ClientEnvironment } from "../config/config.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { readProfiles, type Profile } from "./profiles.ts";

/** The options that all commands have that call the API. */
export interface ClientOptions {
  readonly url?: string;
  readonly key?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

export interface Connection {
  /** The URL, without a slash at the end. */
  readonly url: string;
  /** The key; null if there is none for this address. */
  readonly key: string | null;
  /** The profile in use, or null. */
  readonly profile: string | null;
}

/**
 * Options take precedence over the environment, and the environment over the profile. A profile
 * that an option names takes precedence over the environment. Without any of them, the command
 * calls the service on this machine, with the address and admin key in its data folder.
 *
 * A key is only sent to the address for which it was given, so that `--url` alone never sends a
 * profile's key to another host.
 *
 * @throws PosthornError `PH_PROFILE_UNKNOWN`, `PH_PROFILES_FILE`, `PH_API_URL`
 */
export async function findConnection(
  options: ClientOptions,
  environment: ClientEnvironment,
): Promise<Connection> {
  const named = await namedProfile(options.profile ?? environment.profile, environment);
  const variables = options.profile === undefined ? environment : { url: null, key: null };
  const local = await localAddress(environment);
  const url = checkedUrl(options.url ?? variables.url ?? named?.profile.url ?? local);
  const isVariableOfUrl = variables.url === null || checkedUrl(variables.url) === url;
  const isProfileOfUrl = named !== null && checkedUrl(named.profile.url) === url;
  const key =
    options.key ??
    (isVariableOfUrl ? variables.key : null) ??
    (isProfileOfUrl ? named.profile.key : null) ??
    (url === checkedUrl(local) ? await localAdminKey(environment) : null);
  return { url, key, profile: isProfileOfUrl ? named.name : null };
}

/**
 * Writes an address in the form in which addresses are compared.
 * @throws PosthornError `PH_API_URL`
 */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isUsable =
    url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (!isUsable) throw new PosthornError("PH_API_URL", { url: text });
  return url.href.replace(/\/+$/, "");
}

async function namedProfile(
  name: string | null,
  environment: ClientEnvironment,
): Promise<{ readonly name: string; readonly profile: Profile } | null> {
  const { current, profiles } = await readProfiles(environment.profilesFile);
  const wanted = name ?? current;
  if (wanted === null) return null;
  const profile = profiles.get(wanted);
  if (profile === undefined) {
    const existing = [...profiles.keys()].join(", ") || "none";
    throw new PosthornError("PH_PROFILE_UNKNOWN", { profile: wanted, profiles: existing });
  }
  return { name: wanted, profile };
}

/** The address of the service that uses the data folder; the default one if none is running. */
export async function localAddress({ dataDir, localUrl }: ClientEnvironment): Promise<string> {
  const text = await readFile(path.join(dataDir, addressFileName), "utf8").catch(() => "");
  return text.trim() || localUrl;
}

async function localAdminKey(environment: ClientEnvironment): Promise<string | null> {
  if (environment.localAdminKey !== null) return environment.localAdminKey;
  try {
    const text = await readFile(path.join(environment.dataDir, "admin-key"), "utf8");
    return text.trim() || null;
  } catch {
    // No service was started on this machine, or its key belongs to another user.
    return null;
  }
}
