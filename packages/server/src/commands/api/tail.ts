/**
 * `posthorn deliveries tail`: prints each delivery after an attempt, as the live stream reports it.
 */
import type { Command } from "commander";
import type { Row } from "../../client/api.ts";
import { openClient, type Client } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { followStream } from "../../client/follow.ts";
import { localTime, textOf } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { printable } from "../../observe/printable.ts";
import { responseOf } from "./first-attempt.ts";

interface TailOptions {
  readonly org?: string;
  readonly endpoint?: string;
  readonly status?: string;
}

export function addTail(deliveries: Command, context: CommandContext): void {
  addExamples(
    deliveries
      .command("tail")
      .description(
        "Print deliveries as they are attempted, until Ctrl-C. With --json, each is one line.",
      )
      .option("--org <id>", "only of this org")
      .option("--endpoint <id>", "only to this endpoint")
      .option("--status <status>", "only pending, delivered, failed or cancelled"),
    ["posthorn deliveries tail --status failed", "Follow dead letters"],
    ["posthorn deliveries tail --json | jq .event_type", "Follow deliveries in a script"],
  ).action(async (options: TailOptions, command: Command) => {
    const client = await openClient(context, command);
    const stopping = new AbortController();
    void context.terminal.stopped().then(() => stopping.abort());
    await follow(client, options, context, stopping.signal);
  });
}

function follow(
  client: Client,
  options: TailOptions,
  context: CommandContext,
  stopping: AbortSignal,
): Promise<void> {
  return followStream({
    api: client.api,
    path: "/rest/v1/stream",
    query: options.org === undefined ? {} : { org_id: options.org },
    stopping,
    onEvent({ event, data }, isFirst) {
      if (event === "hello" && isFirst) context.terminal.err("Waiting for deliveries.\n");
      if (event === "deliveries") print(JSON.parse(data) as Row, options, client, context);
    },
  });
}

function print(message: Row, options: TailOptions, client: Client, context: CommandContext): void {
  const { out, err } = context.terminal;
  for (const row of message["deliveries"] as readonly Row[]) {
    if (options.endpoint !== undefined && row["endpoint_id"] !== options.endpoint) continue;
    if (options.status !== undefined && row["status"] !== options.status) continue;
    out(client.json ? `${JSON.stringify(row)}\n` : lineOf(row, context.timeZone));
  }
  if (message["more"] === true) err("More deliveries were attempted than the stream shows.\n");
}

function lineOf(row: Row, timeZone: string | undefined): string {
  const cells = [
    localTime(row["attempted_at"], timeZone),
    textOf(row["status"]).padEnd(9),
    responseOf(row).padEnd(8),
    textOf(row["event_type"]),
    textOf(row["id"]),
    `endpoint ${textOf(row["endpoint_id"])}`,
  ];
  return `${printable(cells.join("  "))}\n`;
}
