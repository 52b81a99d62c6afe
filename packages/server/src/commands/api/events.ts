/** `posthorn events`: lists events, also those that matched no endpoint. */
import type { Command } from "commander";
import { rowLimit, timeOrAge } from "../../client/arguments.ts";
import { openClient } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { equal, ofOrg } from "../../client/org-filter.ts";
import { plain, time } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";

interface ListOptions {
  readonly org?: string;
  readonly all?: true;
  readonly type?: string;
  readonly externalId?: string;
  readonly unmatched?: true;
  readonly since?: string;
  readonly limit: number;
}

/** Everything except the data. */
const columns =
  "id,org_id,external_id,event_type,timestamp,endpoints_matched,endpoints_pending,created_at";

export function addEventsCommands(program: Command, context: CommandContext): void {
  const events = addExamples(
    program.command("events").description("List events, also those that matched no endpoint."),
    ["posthorn events list --org $ORG", "List the events of one org"],
  );
  addExamples(
    events
      .command("list")
      .description("List events, newest first.")
      .option("--org <id>", "only of this org")
      .option("--all", "with the events of Posthorn's own probe")
      .option("--type <name>", "only of this event type")
      .option("--external-id <id>", "only the event with your own id")
      .option("--unmatched", "only events that matched no endpoint")
      .option("--since <time>", "only events after this time, or at most this old", timeOrAge)
      .option("--limit <number>", "the maximum number of events", rowLimit, 20),
    ["posthorn events list --org $ORG --since 1h", "List the events of the last hour"],
    ["posthorn events list --unmatched", "List events that were sent to nobody"],
  ).action(async (options: ListOptions, command: Command) => {
    const client = await openClient(context, command);
    const { type, externalId, unmatched, since, limit } = options;
    const answer = await client.api.list("webhook_events", {
      select: columns,
      ...ofOrg(options),
      ...equal("event_type", type),
      ...equal("external_id", externalId),
      ...equal("endpoints_matched", unmatched === true ? "0" : undefined),
      ...(since === undefined ? {} : { created_at: `gte.${since}` }),
      limit: String(limit),
    });
    client.showRows(answer, [
      plain("id"),
      plain("org_id", "org"),
      plain("external_id", "external id"),
      plain("event_type", "type"),
      plain("endpoints_matched", "endpoints"),
      time("created_at", context.timeZone, "created"),
    ]);
    const first = answer.rows[0];
    if (client.json || first === undefined) return;
    context.terminal.out(`\nWhy an event did or did not arrive: posthorn explain ID\n`);
  });
}
