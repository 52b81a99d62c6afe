/** `posthorn publish` and `posthorn trigger`. */
import type { Command } from "commander";
import type { Api, Row, Rows } from "../../client/api.ts";
import { nameList } from "../../client/arguments.ts";
import { openClient, type Client } from "../../client/client.ts";
import { ApiError } from "../../errors/api-error.ts";
import { addExamples } from "../../client/examples.ts";
import { readJsonArgument } from "../../client/input.ts";
import { formatFacts, formatTable, textOf } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { printable } from "../../observe/printable.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { deliveryTable, firstAttempts } from "./first-attempt.ts";

interface PublishOptions {
  readonly org?: string;
  readonly data: string;
  readonly timestamp?: string;
  readonly idempotencyKey?: string;
  readonly externalId?: string;
  readonly channels?: readonly string[];
  readonly tags?: readonly string[];
  readonly wait?: true;
}

export function addPublishCommands(program: Command, context: CommandContext): void {
  addPublish(program, context);
  addTrigger(program, context);
}

function addPublish(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("publish")
      .description("Publish an event. Its data is sent byte for byte.")
      .argument("<type>", "the event type")
      .requiredOption("--data <json>", "the data: JSON, @file, or - for standard input")
      .option("--org <id>", "the org; not needed with an org's key")
      .option("--timestamp <time>", "when the event happened, in ISO 8601; default: now")
      .option("--idempotency-key <key>", "publishing again with this key stores nothing new")
      .option("--external-id <id>", "your own id of the event; it is stored once with this id")
      .option("--channels <names>", "the event's channels, separated by commas", nameList)
      .option("--tags <texts>", "texts to find the event by, separated by commas", nameList)
      .option("--wait", "wait for the first attempt of each delivery, and list them"),
    [`posthorn publish scan.completed --org $ORG --data '{"scan_id":"42"}'`, "Publish an event"],
    [
      "posthorn publish scan.completed --org $ORG --data @event.json --wait",
      "Publish the data in a file, and see where it arrived",
    ],
    [
      "posthorn publish scan.completed --org $ORG --data - --idempotency-key scan-42",
      "Publish what another program prints, at most once",
    ],
  ).action(async (type: string, options: PublishOptions, command: Command) => {
    const client = await openClient(context, command);
    const of = { argument: "--data", command: "publish" };
    const dataJson = await readJsonArgument(options.data, of, context.terminal);
    const { org, timestamp, idempotencyKey, externalId, channels, tags } = options;
    const keys = { idempotency_key: idempotencyKey, external_id: externalId };
    const fields = { org_id: org, event_type: type, timestamp, ...keys, channels, tags };
    const published = await publishEvent(client.api, fields, dataJson);
    await showPublished(client, published, options.wait === true, context);
  });
}

function addTrigger(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("trigger")
      .description("Publish the example of an event type.")
      .argument("<type>", "the event type; it needs an example")
      .option("--org <id>", "the org; not needed with an org's key")
      .option("--wait", "wait for the first attempt of each delivery, and list them"),
    ["posthorn trigger scan.completed --org $ORG", "Publish the example of scan.completed"],
    ["posthorn trigger scan.completed --org $ORG --wait", "Publish it, and see where it arrived"],
  ).action(async (type: string, options: { org?: string; wait?: true }, command: Command) => {
    const client = await openClient(context, command);
    const dataJson = await exampleOf(client.api, type);
    const fields = { org_id: options.org, event_type: type };
    const published = await publishEvent(client.api, fields, dataJson);
    await showPublished(client, published, options.wait === true, context);
  });
}

/** Publishes one event. `dataJson` is sent unchanged. */
async function publishEvent(
  api: Api,
  fields: Readonly<Record<string, string | readonly string[] | undefined>>,
  dataJson: string,
): Promise<Rows> {
  const others = JSON.stringify(fields);
  return api.insert("webhook_events", `${others.slice(0, -1)},"data":${dataJson}}`);
}

/**
 * Returns the text of the type's example.
 * @throws PosthornError `PH_EVENT_TYPE_…`
 */
async function exampleOf(api: Api, type: string): Promise<string> {
  const { rows, text } = await api.list("webhook_event_types", {
    name: `eq.${type}`,
    select: "example",
  });
  const facts = { event_type: JSON.stringify(type) };
  const [row] = rows;
  if (row === undefined) throw new PosthornError("PH_EVENT_TYPE_UNKNOWN", facts);
  if (row["example"] === null) throw new PosthornError("PH_EVENT_TYPE_WITHOUT_EXAMPLE", facts);
  // Cuts the example out of the only row's text, so that large numbers keep their digits.
  return text.slice(text.indexOf(":") + 1, text.lastIndexOf("}"));
}

async function showPublished(
  client: Client,
  published: Rows,
  waits: boolean,
  context: CommandContext,
): Promise<void> {
  const event = published.rows[0] ?? {};
  const eventId = textOf(event["id"]);
  const deliveries = waits ? await deliveriesOf(client.api, event) : null;
  if (deliveries === null) {
    client.show(published, () =>
      formatFacts([
        ["event", eventId],
        ["type", textOf(event["event_type"])],
        ["org", textOf(event["org_id"])],
        ["endpoints", textOf(event["endpoints_matched"])],
        ["duplicate", published.headers.get("posthorn-duplicate") === "true" ? "yes" : "no"],
        waits
          ? ["deliveries", "not shown, because this key may not read them"]
          : ["next", `posthorn explain ${eventId}`],
      ]),
    );
    return;
  }
  client.show({ ...published, ...deliveries }, () => {
    const head = formatFacts([["event", eventId]]);
    if (deliveries.rows.length === 0) return `${head}${noDeliveries(event)}`;
    return `${head}${formatTable(deliveryTable(context), deliveries.rows)}`;
  });
}

/** Says that no endpoint gets the event, and how to find out why. */
function noDeliveries({ id, org_id: org }: Row): string {
  return (
    `No endpoint of the org ${printable(textOf(org))} gets this event. Check the org's id, or ask ` +
    `why: posthorn explain ${textOf(id)}\n`
  );
}

/**
 * Returns the deliveries of the event, which has been stored by now, or null if the key may not
 * read them.
 */
async function deliveriesOf(api: Api, event: Row): Promise<Pick<Rows, "rows" | "text"> | null> {
  if (!(Number(event["endpoints_matched"]) > 0)) return { text: "[]", rows: [] };
  try {
    return await firstAttempts(api, textOf(event["id"]));
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return null;
    throw error;
  }
}
