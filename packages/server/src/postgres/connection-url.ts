/**
 * Parses a connection URL as libpq does (PostgreSQL's documentation, "Connection URIs"): with
 * several hosts, unix sockets, and parameters that override what precedes the question mark. `URL`
 * cannot parse such URLs: it rejects several hosts, and in it a password ends at an unescaped `#`,
 * `/` or `?`.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";

/** The address of a server. A host that starts with a slash is the folder of a unix socket. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionUrl {
  /** The variable that contains the URL, for error messages. */
  readonly variable: string;
  readonly addresses: readonly Address[];
  /** The user; null for libpq's default: PGUSER, or the user of the operating system. */
  readonly user: string | null;
  /** The password; null for PGPASSWORD or no password. */
  readonly password: string | null;
  /** The database; null to use the user's name. */
  readonly database: string | null;
  /** All other parameters. Their names are listed in `parameterNames`. */
  readonly parameters: ReadonlyMap<ParameterName, string>;
}

const parameterNames = [
  "application_name",
  "channel_binding",
  "client_encoding",
  "connect_timeout",
  "fallback_application_name",
  "gssencmode",
  "load_balance_hosts",
  "options",
  "sslcert",
  "sslcrl",
  "sslkey",
  "sslmode",
  "sslnegotiation",
  "sslpassword",
  "sslrootcert",
  "target_session_attrs",
  "uselibpqcompat",
] as const;
export type ParameterName = (typeof parameterNames)[number];

/** Parameters that override the corresponding part of the URL. */
const placeNames = ["dbname", "host", "password", "port", "user"] as const;
type PlaceName = (typeof placeNames)[number];

export const sslModes = [
  "disable",
  "allow",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
] as const;

/** The allowed values of parameters. A parameter that is not in this list has no effect. */
const allowedValues: Partial<Record<ParameterName, readonly string[]>> = {
  channel_binding: ["disable", "prefer", "require"],
  client_encoding: ["auto", "utf8", "UTF8", "utf-8", "UTF-8"],
  // Posthorn does not support GSSAPI encryption. These two values allow TLS instead.
  gssencmode: ["disable", "prefer"],
  // Posthorn tries all hosts in parallel, so their order has no effect.
  load_balance_hosts: ["disable", "random"],
  sslmode: sslModes,
  sslnegotiation: ["postgres", "direct"],
  // Posthorn always needs a server that accepts writes.
  target_session_attrs: ["any", "read-write", "primary"],
  // Posthorn has only libpq's behaviour.
  uselibpqcompat: ["true"],
};

const portDefault = 5432;
const hostPattern = /^(?:\[[0-9a-f:.]+(?:%[^\]]+)?\]|[^\s[\]:/?#@,]*)(?::\d*)?$/i;

/**
 * @param variable the variable that contains the text, e.g. `DATABASE_URL`.
 * @throws PosthornError `PH_DATABASE_URL`. It never contains the text, because that contains a
 * password.
 */
export function parseConnectionUrl(text: string, variable = "DATABASE_URL"): ConnectionUrl {
  const refuse = (reason: string): never => {
    throw new PosthornError("PH_DATABASE_URL", { variable, reason });
  };
  const trimmed = text.trim();
  const scheme = /^postgres(?:ql)?:\/\//.exec(trimmed)?.[0];
  if (scheme === undefined) return refuse("it does not start with postgres:// or postgresql://");
  if (/\p{Cc}/u.test(trimmed))
    return refuse("it contains a line break or another control character");
  const split = splitUrl(trimmed.slice(scheme.length));
  if (split === null) return refuse(unreadable);
  const { place, parameters } = readQuery(split.query, refuse);
  const [user, password] = splitAtFirst(split.credentials ?? "", ":");
  const from = split.hosts.split(",");
  const hosts = place.get("host")?.split(",") ?? from.map(hostOf);
  const ports = place.get("port")?.split(",") ?? (place.has("host") ? [""] : from.map(portOf));
  if (ports.length !== 1 && ports.length !== hosts.length) {
    return refuse(`it has ${ports.length} ports for ${hosts.length} hosts`);
  }
  const portAt = (index: number): string => (ports.length === 1 ? ports[0] : ports[index]) ?? "";
  const url: ConnectionUrl = {
    variable,
    addresses: hosts.map((host, index) => addressOf(host, portAt(index), hosts.length, refuse)),
    user: orNull(place.get("user") ?? decode(user)),
    password: orNull(place.get("password") ?? decode(password ?? "")),
    database: orNull(place.get("dbname") ?? decode(split.database)),
    parameters,
  };
  connectTimeoutMs(url);
  return url;
}

const unreadable =
  "its hosts cannot be read; write special characters of the password as %xx, e.g. @ as %40";

/** The timeout for connecting: `connect_timeout`, or Posthorn's default. */
export function connectTimeoutMs({ parameters, variable }: ConnectionUrl): number {
  const text = parameters.get("connect_timeout");
  if (text === undefined) return limits.databaseConnectMs;
  const timeoutMs = Number(text) * 1_000;
  if (!/^\d+$/.test(text) || timeoutMs < 1_000 || timeoutMs > limits.databaseConnectMsMax) {
    const most = limits.databaseConnectMsMax / 1_000;
    const reason = `connect_timeout must be a whole number of seconds from 1 to ${most}`;
    throw new PosthornError("PH_DATABASE_URL", { variable, reason });
  }
  return timeoutMs;
}

interface SplitUrl {
  readonly credentials: string | null;
  readonly hosts: string;
  readonly database: string;
  readonly query: string;
}

/**
 * Splits the URL. The credentials end at the first `@` that is followed by a list of hosts. So a
 * password may contain any unescaped character, as long as the URL can be read in only one way.
 */
function splitUrl(text: string): SplitUrl | null {
  const plain = splitPlace(text);
  if (plain !== null) return { credentials: null, ...plain };
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const rest = splitPlace(text.slice(at + 1));
    if (rest !== null) return { credentials: text.slice(0, at), ...rest };
  }
  return null;
}

function splitPlace(text: string): Omit<SplitUrl, "credentials"> | null {
  const [, hosts = "", database = "", query = ""] =
    /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(text) ?? [];
  const isPlace = hosts.split(",").every((host) => hostPattern.test(host));
  return isPlace && !/[@/]/.test(database) ? { hosts, database, query } : null;
}

interface Query {
  readonly place: ReadonlyMap<PlaceName, string>;
  readonly parameters: ReadonlyMap<ParameterName, string>;
}

function readQuery(query: string, refuse: (reason: string) => never): Query {
  const place = new Map<PlaceName, string>();
  const parameters = new Map<ParameterName, string>();
  for (const pair of query.split("&").filter((each) => each !== "")) {
    const [given, value] = splitAtFirst(pair, "=");
    // libpq accepts `ssl=true` "for compatibility with JDBC".
    const [name, text] =
      given === "ssl" && value === "true"
        ? ["sslmode", "require"]
        : [decode(given), decode(value ?? "")];
    const isParameter = (each: string): each is ParameterName => includes(parameterNames, each);
    if (includes(placeNames, name)) place.set(name, text);
    else if (!isParameter(name)) return refuse(unknownParameter(name));
    else {
      const allowed = allowedValues[name];
      if (allowed !== undefined && !allowed.includes(text)) {
        return refuse(`${name} must be one of ${allowed.join(", ")}`);
      }
      parameters.set(name, text);
    }
  }
  return { place, parameters };
}

function unknownParameter(name: string): string {
  const shown = /^\w{1,40}$/.test(name) ? name : "one with an unusual name";
  const known = [...placeNames, ...parameterNames].toSorted().join(", ");
  return `its parameter ${shown} is not supported; supported are ${known}`;
}

function includes<Name extends string>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name);
}

function addressOf(
  host: string,
  port: string,
  hostCount: number,
  refuse: (reason: string) => never,
): Address {
  if (host === "" && hostCount > 1) return refuse("one of its hosts has no name");
  const number = port === "" ? portDefault : Number(port);
  if (!/^\d*$/.test(port) || number < 1 || number > 65_535) {
    return refuse("a port must be a whole number from 1 to 65535");
  }
  return { host: host === "" ? "localhost" : host, port: number };
}

/** Removes brackets and decodes the host: `%2Frun%2Fpostgresql` is the folder of a socket. */
function hostOf(text: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(text)?.[1];
  return bracketed ?? decode(text.replace(/:\d*$/, ""));
}

function portOf(text: string): string {
  return /\]?:(\d*)$/.exec(text.replace(/^\[[^\]]*\]/, ""))?.[1] ?? "";
}

function splitAtFirst(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * Decodes a text. A percent sign that does not start an escape is kept, e.g. in an unescaped
 * password.
 */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    return text;
  }
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}
