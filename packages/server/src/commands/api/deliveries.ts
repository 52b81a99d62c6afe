/** `posthorn deliveries`: lists and shows deliveries, and sends them again. */
import type { Command } from "commander";
import { notFound } from "../../client/api.ts";
import { rowLimit, timeOrAge } from "../../client/arguments.ts";
import { openClient } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { equal, ofOrg } from "../../client/org-filter.ts";
import { formatFacts, formatTable, localTime, plain, textOf, time } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { deliveryColumns, deliveryTable, responseOf } from "./first-attempt.ts";
import { addTail } from "./tail.ts";

interface ListOptions {
  readonly org?: string;
  readonly all?: true;
  readonly endpoint?: string;
  readonly event?: string;
  readonly status?: string;
  readonly type?: string;
  readonly since?: string;
  readonly limit: number;
}

const exampleId = "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a00";

export function addDeliveriesCommands(program: Command, context: CommandContext): void {
  const deliveries = addExamples(
    program.command("deliveries").description("List, follow and retry deliveries."),
    ["posthorn deliveries list --status failed", "List dead letters"],
    ["posthorn deliveries tail", "Follow deliveries as they are attempted"],
  );
  addList(deliveries, context);
  addShow(deliveries, context);
  addExamples(
    deliveries
      .command("retry")
      .description("Attempt a delivery again now, with its whole retry schedule ahead.")
      .argument("<id>", "the delivery's id"),
    [`posthorn deliveries retry ${exampleId}`, "Retry one delivery"],
  ).action(async (id: string, _options: unknown, command: Command) => {
    const client = await openClient(context, command);
    const retried = await client.api.call("retry_delivery", { delivery_id: id });
    client.show(retried, () => `The next attempt of delivery ${id} is due now.\n`);
  });
  addTail(deliveries, context);
}

function addList(deliveries: Command, context: CommandContext): void {
  addExamples(
    deliveries
      .command("list")
      .description("List deliveries, newest first.")
      .option("--org <id>", "only of this org")
      .option("--all", "with the deliveries of Posthorn's own probe")
      .option("--endpoint <id>", "only to this endpoint")
      .option("--event <id>", "only of this event")
      .option("--status <status>", "only pending, delivered, failed or cancelled")
      .option("--type <name>", "only of this event type")
      .option("--since <time>", "only of events after this time, or at most this old", timeOrAge)
      .option("--limit <number>", "the maximum number of deliveries", rowLimit, 20),
    ["posthorn deliveries list --status failed --since 24h", "List the dead letters of a day"],
    ["posthorn deliveries list --json | jq '.[].id'", "Print ids for a script"],
  ).action(async (options: ListOptions, command: Command) => {
    const client = await openClient(context, command);
    const answer = await client.api.list("webhook_deliveries", {
      select: deliveryColumns,
      ...ofOrg(options, options.endpoint !== undefined || options.event !== undefined),
      ...equal("endpoint_id", options.endpoint),
      ...equal("event_id", options.event),
      ...equal("status", options.status),
      ...equal("event_type", options.type),
      ...(options.since === undefined ? {} : { created_at: `gte.${options.since}` }),
      limit: String(options.limit),
    });
    client.showRows(answer, deliveryTable(context));
  });
}

function addShow(deliveries: Command, context: CommandContext): void {
  addExamples(
    deliveries
      .command("show")
      .description("Show a delivery, its payload and its attempts.")
      .argument("<id>", "the delivery's id"),
    [`posthorn deliveries show ${exampleId}`, "Show one delivery"],
  ).action(async (id: string, _options: unknown, command: Command) => {
    const client = await openClient(context, command);
    const found = await client.api.list("webhook_deliveries", { id: `eq.${id}` });
    const delivery = found.rows[0];
    if (delivery === undefined) throw notFound("delivery", id);
    const attempts = await client.api.list("webhook_attempts", {
      delivery_id: `eq.${id}`,
      order: "id.asc",
    });
    if (client.json) {
      // Both texts are the API's own. The delivery is the only row of its array, so the brackets
      // are removed.
      const row = found.text.slice(1, -1);
      context.terminal.out(`{"delivery":${row},"attempts":${attempts.text}}\n`);
      return;
    }
    const { timeZone } = context;
    context.terminal.out(
      formatFacts([
        ["delivery", id],
        ["event", textOf(delivery["event_id"])],
        ["type", textOf(delivery["event_type"])],
        ["org", textOf(delivery["org_id"])],
        ["endpoint", textOf(delivery["endpoint_id"])],
        ["status", textOf(delivery["status"])],
        ["response", responseOf(delivery)],
        ["created", localTime(delivery["created_at"], timeZone)],
        ["next attempt", localTime(delivery["next_retry_at"], timeZone)],
        ["payload", textOf(delivery["payload"])],
      ]),
    );
    context.terminal.out("\n");
    context.terminal.out(
      formatTable(
        [
          plain("number", "attempt"),
          { title: "response", value: responseOf },
          plain("duration_ms", "ms"),
          plain("remote_address", "address"),
          time("attempted_at", timeZone, "at"),
          plain("error_message", "problem"),
          plain("response_body", "answer"),
        ],
        attempts.rows,
      ),
    );
  });
}
