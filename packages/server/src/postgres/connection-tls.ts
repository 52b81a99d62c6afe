/**
 * What `sslmode` and its companions mean, as in PostgreSQL's documentation, "SSL Support":
 *
 * | sslmode | encrypted | certificate |
 * |---|---|---|
 * | disable | no | — |
 * | allow | if the server refuses a plain connection | checked if there is a root certificate |
 * | prefer | if the server can | checked if there is a root certificate |
 * | require | yes | checked if there is a root certificate |
 * | verify-ca | yes | must come from the root certificate |
 * | verify-full | yes | must come from it and name the host |
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { PosthornError } from "../errors/catalogue.ts";
import type { ConnectionUrl, sslModes } from "./connection-url.ts";

type ConnectionOptions = Exclude<pg.ClientConfig["ssl"], boolean | undefined>;

/** False means no TLS. */
export type Tls = ConnectionOptions | false;

/**
 * The ways to connect, in the order to try, for a host that is not a unix socket.
 *
 * @throws PosthornError `PH_DATABASE_URL` for a missing file, or for a combination that checks
 * less than it seems to.
 */
export function tlsAttempts(url: ConnectionUrl): readonly [Tls, ...Tls[]] {
  const mode = (url.parameters.get("sslmode") ?? defaultMode(url)) as (typeof sslModes)[number];
  const isWeak = mode === "disable" || mode === "allow" || mode === "prefer";
  if (isWeak && url.parameters.get("sslnegotiation") === "direct") {
    throw refused(url, 'sslnegotiation=direct needs sslmode "require" or a stricter one');
  }
  if (mode === "disable") return [false];
  const tls = tlsOptions(url, mode);
  if (mode === "allow") return [false, tls];
  if (mode === "prefer") return [tls, false];
  return [tls];
}

function defaultMode({ parameters }: ConnectionUrl): string {
  return parameters.get("sslrootcert") === "system" ? "verify-full" : "prefer";
}

function tlsOptions(url: ConnectionUrl, mode: string): ConnectionOptions {
  const rootName = url.parameters.get("sslrootcert");
  const common = { ...clientCertificate(url), ...revoked(url) };
  if (rootName === "system") {
    if (mode !== "verify-full")
      throw refused(url, "sslrootcert=system requires sslmode=verify-full");
    return common;
  }
  const ca = rootName === undefined ? defaultFile("root.crt") : file(url, "sslrootcert", rootName);
  if (ca === null) {
    if (mode.startsWith("verify-")) {
      const what =
        "requires sslrootcert: the file of a root certificate, or system for public ones";
      throw refused(url, `sslmode=${mode} ${what}`);
    }
    return { ...common, rejectUnauthorized: false };
  }
  return {
    ...common,
    ca,
    rejectUnauthorized: true,
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
  };
}

function clientCertificate(url: ConnectionUrl): ConnectionOptions {
  const [certName, keyName] = [url.parameters.get("sslcert"), url.parameters.get("sslkey")];
  const cert =
    certName === undefined ? defaultFile("postgresql.crt") : file(url, "sslcert", certName);
  if (cert === null) return {};
  const key = keyName === undefined ? defaultFile("postgresql.key") : file(url, "sslkey", keyName);
  if (key === null) throw refused(url, "sslcert requires sslkey, the file of its private key");
  const passphrase = url.parameters.get("sslpassword");
  return { cert, key, ...(passphrase === undefined ? {} : { passphrase }) };
}

function revoked(url: ConnectionUrl): ConnectionOptions {
  const name = url.parameters.get("sslcrl");
  return name === undefined ? {} : { crl: file(url, "sslcrl", name) };
}

/**
 * Reads a file that the URL names. libpq ignores a missing root certificate and then checks
 * nothing; Posthorn rejects it.
 */
function file(url: ConnectionUrl, parameter: string, name: string): string {
  try {
    return readFileSync(name, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw refused(url, `the file of ${parameter} cannot be read (${code}): ${name}`);
  }
}

/** The path of a file in `~/.postgresql`, where libpq looks if the URL names no file. */
function defaultFile(name: string): string | null {
  const home = homeOrNull();
  const path = home === null ? null : join(home, ".postgresql", name);
  return path !== null && existsSync(path) ? readFileSync(path, "utf8") : null;
}

/** Returns null for a user without HOME and without an entry in /etc/passwd. */
export function homeOrNull(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}

function refused({ variable }: ConnectionUrl, reason: string): PosthornError {
  return new PosthornError("PH_DATABASE_URL", { variable, reason });
}
