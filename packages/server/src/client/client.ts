/** Everything that a command needs to call the API. */
import type { Command } from "commander";
import { Api, type Rows } from "./api.ts";
import { findConnection, type ClientOptions, type Connection } from "./connection.ts";
import { formatTable, type Column } from "./table.ts";
import type { CommandContext } from "./terminal.ts";

export interface Client {
  readonly api: Api;
  readonly connection: Connection;
  /** True if the command prints the API's rows instead of text for people. */
  readonly json: boolean;
  /** Prints the response: its JSON exactly as received, or a table. */
  showRows(answer: Rows, columns: readonly Column[]): void;
  /** Prints the response's JSON, or the text for people. */
  show(answer: Rows, text: () => string): void;
}

/**
 * Opens the API with the options of the command line.
 * @throws PosthornError `PH_PROFILE_UNKNOWN`, `PH_PROFILES_FILE`, `PH_API_URL`
 */
export async function openClient(context: CommandContext, command: Command): Promise<Client> {
  const options = command.optsWithGlobals<ClientOptions>();
  const connection = await findConnection(options, context.environment);
  const json = options.json === true;
  const { out } = context.terminal;
  return {
    api: new Api(connection),
    connection,
    json,
    show: ({ text }, forPeople) => out(json ? `${text}\n` : forPeople()),
    showRows: ({ text, rows }, columns) => out(json ? `${text}\n` : formatTable(columns, rows)),
  };
}
