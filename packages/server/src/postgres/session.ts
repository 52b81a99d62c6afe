/**
 * The settings of a session, which are always Posthorn's own, whatever those of the server, the
 * database or the role are. With another DateStyle, for example, Posthorn could not parse times and
 * would send no retry. Statements make the settings, because poolers reject most settings in the
 * startup packet.
 */
import pg from "pg";
import { PosthornError } from "../errors/catalogue.ts";
import type { ConnectionUrl } from "./connection-url.ts";

export type Setting = readonly [name: string, value: string];

/** Facts about the server and the role, read before Posthorn changes any setting. */
export interface SessionFacts {
  readonly serverVersion: number;
  /** True if the database or the role sets transactions to read-only, but not the server. */
  readonly isReadOnlyByRole: boolean;
}

export interface SessionOptions {
  /** The statement timeout; null if there is none, e.g. for a migration. */
  readonly statementMs: number | null;
}

/**
 * The settings in the order in which they are made. Posthorn's own settings override those of the
 * URL.
 */
export function sessionSettings(
  url: ConnectionUrl,
  facts: SessionFacts,
  { statementMs }: SessionOptions,
): readonly Setting[] {
  const timeout = String(statementMs ?? 0);
  return [
    // This setting comes first, because a role's timeout of a few milliseconds could otherwise end
    // the following statements.
    ["statement_timeout", timeout],
    ...startOptions(url).settings,
    ["statement_timeout", timeout],
    ["lock_timeout", "0"],
    ["idle_in_transaction_session_timeout", timeout],
    ["idle_session_timeout", "0"],
    ...(facts.serverVersion >= 170_000 ? [["transaction_timeout", "0"] as const] : []),
    // The path is safe, because Posthorn's SQL qualifies every name with its schema. Nothing in
    // `public` can replace a function.
    ["search_path", "pg_catalog"],
    ["DateStyle", "ISO, MDY"],
    ["TimeZone", "UTC"],
    ["IntervalStyle", "postgres"],
    ["bytea_output", "hex"],
    ["extra_float_digits", "1"],
    ["standard_conforming_strings", "on"],
    ["array_nulls", "on"],
    ["transform_null_equals", "off"],
    ["row_security", "on"],
    ["default_transaction_isolation", "read committed"],
    ["default_transaction_deferrable", "off"],
    // A server that is read-only as a whole stays read-only: its operator has a reason, e.g. a full
    // disk.
    ...(facts.isReadOnlyByRole ? [["default_transaction_read_only", "off"] as const] : []),
  ];
}

/**
 * The SQL of all settings in one message.
 * @param isLocal true to set them only until the end of the transaction.
 */
export function settingsSql(settings: readonly Setting[], isLocal: boolean): string {
  const [[firstName, firstValue], ...others] = settings as [Setting, ...Setting[]];
  const each = others.map(
    ([name, value]) =>
      `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, ${isLocal})`,
  );
  const first = `set ${isLocal ? "local " : ""}${firstName} = ${pg.escapeLiteral(firstValue)}`;
  return `${first}; select ${each.join(", ")}`;
}

export interface StartOptions {
  /** The settings in the form `-c name=value` or `--name=value`. */
  readonly settings: readonly Setting[];
  /**
   * The remaining options, which go into the startup packet, e.g. for Neon's proxy; null if there
   * are none.
   */
  readonly others: string | null;
}

/**
 * Splits the URL's `options` as the server does: at spaces, with backslash escapes.
 *
 * @throws PosthornError `PH_DATABASE_URL` for a setting without a name or value.
 */
export function startOptions({ parameters, variable }: ConnectionUrl): StartOptions {
  const words = (parameters.get("options") ?? "").match(/(?:\\.|[^\s\\])+/g) ?? [];
  const settings: Setting[] = [];
  const others: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    let word = words[index] ?? "";
    if (word === "-c") word += words[(index += 1)] ?? "";
    if (!word.startsWith("-c") && !word.startsWith("--")) {
      others.push(word);
      continue;
    }
    const [, name, value] =
      /^([a-z_][\w.-]*)=(.*)$/is.exec(word.slice(2).replaceAll(/\\(.)/g, "$1")) ?? [];
    if (name === undefined || value === undefined) {
      const reason = "options must be settings such as -c work_mem=8MB";
      throw new PosthornError("PH_DATABASE_URL", { variable, reason });
    }
    settings.push([name.replaceAll("-", "_"), value]);
  }
  return { settings, others: others.length === 0 ? null : others.join(" ") };
}

/** Makes the settings for the lifetime of the connection. */
export async function startSession(
  client: Pick<pg.ClientBase, "query">,
  settings: readonly Setting[],
  answerMs: number,
): Promise<void> {
  const query = { text: settingsSql(settings, false), query_timeout: answerMs };
  await client.query(query);
}
