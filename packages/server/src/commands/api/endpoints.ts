/** `posthorn endpoints`: lists, creates, changes and deletes endpoints. */
import type { Command } from "commander";
import { notFound, type Row } from "../../client/api.ts";
import { nameList, rowLimit, wholeNumber } from "../../client/arguments.ts";
import { openClient } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { readInputText } from "../../client/input.ts";
import { ofOrg } from "../../client/org-filter.ts";
import { formatFacts, plain, textOf, time } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { addEndpointTest } from "./endpoint-test.ts";

interface EndpointOptions {
  readonly org?: string;
  readonly address?: string;
  readonly events?: readonly string[];
  readonly allEvents?: true;
  readonly channels?: readonly string[];
  readonly contract?: string;
  readonly description?: string;
  readonly secret?: string;
  readonly active?: boolean;
  readonly header?: readonly string[];
  readonly inFlightMax?: number;
  readonly ratePerSecond?: number;
  readonly transformation?: string;
  readonly retrySchedule?: string;
  readonly timeoutSeconds?: number;
  readonly finalStatuses?: readonly string[];
}

const exampleId = "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77";

export function addEndpointsCommands(program: Command, context: CommandContext): void {
  const endpoints = addExamples(
    program.command("endpoints").description("Manage endpoints: the URLs that events are sent to."),
    ["posthorn endpoints list", "List endpoints"],
    [
      "posthorn endpoints create https://example.com/hook --org $ORG",
      "Create an endpoint for all event types",
    ],
  );
  addList(endpoints, context);
  addCreate(endpoints, context);
  addUpdate(endpoints, context);
  addExamples(
    endpoints
      .command("delete")
      .description("Delete an endpoint. Its pending deliveries are cancelled.")
      .argument("<id>", "the endpoint's id"),
    [`posthorn endpoints delete ${exampleId}`, "Delete one endpoint"],
  ).action(async (id: string, _options: unknown, command: Command) => {
    const client = await openClient(context, command);
    const removed = await client.api.remove("webhook_endpoints", { id: `eq.${id}` });
    if (removed.rows.length === 0) throw notFound("endpoint", id);
    client.show(removed, () => `Deleted the endpoint ${id}.\n`);
  });
  addEndpointTest(endpoints, context);
}

function addList(endpoints: Command, context: CommandContext): void {
  addExamples(
    endpoints
      .command("list")
      .description("List endpoints, newest first.")
      .option("--org <id>", "only the endpoints of this org")
      .option("--all", "with the endpoint of Posthorn's own probe")
      .option("--limit <number>", "the maximum number of endpoints", rowLimit, 100),
    ["posthorn endpoints list --org $ORG", "List the endpoints of one org"],
    ["posthorn endpoints list --json", "Print the API's rows"],
  ).action(async (options: { org?: string; all?: true; limit: number }, command: Command) => {
    const client = await openClient(context, command);
    const answer = await client.api.list("webhook_endpoints", {
      ...ofOrg(options),
      limit: String(options.limit),
    });
    client.showRows(answer, [
      plain("id"),
      plain("org_id", "org"),
      plain("url"),
      { title: "events", value: ({ events }) => (events === null ? "all" : textOf(events)) },
      { title: "state", value: stateOf },
      plain("contract"),
      time("created_at", context.timeZone, "created"),
    ]);
  });
}

function stateOf(row: Row): string {
  if (row["is_active"] === true) return row["failing_since"] == null ? "active" : "failing";
  const reason = row["inactive_reason"];
  return typeof reason === "string" ? `inactive: ${reason}` : "inactive";
}

/** The options that `create` and `update` share. */
function addFields(command: Command): Command {
  return command
    .option("--events <names>", "event types, wildcards and @groups, separated by commas", nameList)
    .option("--channels <names>", "only events on one of these channels", nameList)
    .option("--contract <name>", "the contract: body, headers, signature and retries")
    .option("--description <text>", "a description for people")
    .option("--header <line>", "a custom request header, 'Name: value'; repeatable", addHeader)
    .option("--in-flight-max <number>", "parallel attempts: 1 to 256", wholeNumber(1, 256))
    .option("--rate-per-second <number>", "attempts per second", wholeNumber(1, 10_000))
    .option(
      "--retry-schedule <delays>",
      "before each attempt, e.g. 0s,1m,1h then every 8h until 3d",
    )
    .option("--timeout-seconds <number>", "timeout of an attempt", wholeNumber(1, 30))
    .option("--final-statuses <statuses>", "no retry after these, e.g. 410,400-499", nameList)
    .option(
      "--transformation <file>",
      "a JavaScript function that shapes what is sent; - for standard input, an empty file for none",
    );
}

function addHeader(line: string, before: readonly string[] = []): readonly string[] {
  return [...before, line];
}

function addCreate(endpoints: Command, context: CommandContext): void {
  const create = endpoints
    .command("create")
    .description("Create an endpoint. Its secret is shown only once, in this output.")
    .argument("<endpoint-url>", "the URL that events are sent to")
    .option("--org <id>", "the org; not needed with an org's key")
    .option("--secret <secret>", "whsec_ and base64; default: Posthorn generates one");
  addExamples(
    addFields(create),
    [
      "posthorn endpoints create https://example.com/hook --org $ORG",
      "Create an endpoint for all event types",
    ],
    [
      "posthorn endpoints create https://example.com/hook --org $ORG --events scan.completed",
      "Subscribe to one event type",
    ],
  ).action(async (url: string, options: EndpointOptions, command: Command) => {
    const client = await openClient(context, command);
    const { org, secret } = options;
    const fields = {
      org_id: org,
      url,
      secret,
      ...(await fieldsOf(options, "endpoints create", context)),
    };
    const created = await client.api.insert("webhook_endpoints", JSON.stringify(fields));
    const row = created.rows[0] ?? {};
    client.show(created, () =>
      formatFacts([
        ["id", textOf(row["id"])],
        ["org", textOf(row["org_id"])],
        ["url", textOf(row["url"])],
        ["events", row["events"] === null ? "all" : textOf(row["events"])],
        ["secret", `${textOf(row["secret"])}  (shown only once)`],
      ]),
    );
  });
}

function addUpdate(endpoints: Command, context: CommandContext): void {
  const update = endpoints
    .command("update")
    .description("Change an endpoint. Only the given fields change.")
    .argument("<id>", "the endpoint's id")
    .option("--address <url>", "the new URL that events are sent to")
    .option("--all-events", "subscribe to all event types")
    .option("--active", "send to the endpoint again")
    .option("--no-active", "stop sending; pending deliveries wait");
  addExamples(
    addFields(update),
    [`posthorn endpoints update ${exampleId} --no-active`, "Stop sending to an endpoint"],
    [
      `posthorn endpoints update ${exampleId} --address https://example.com/new`,
      "Change the URL of an endpoint",
    ],
  ).action(async (id: string, options: EndpointOptions, command: Command) => {
    const client = await openClient(context, command);
    const { address, allEvents, active } = options;
    const fields = {
      ...(address === undefined ? {} : { url: address }),
      ...(active === undefined ? {} : { is_active: active }),
      ...(await fieldsOf(options, "endpoints update", context)),
      ...(allEvents === true ? { events: null } : {}),
    };
    if (Object.keys(fields).length === 0) {
      const facts = { argument: "options", command: "endpoints update", reason: "there are none" };
      throw new PosthornError("PH_ARGUMENT_INVALID", facts);
    }
    const updated = await client.api.update("webhook_endpoints", { id: `eq.${id}` }, fields);
    if (updated.rows.length === 0) throw notFound("endpoint", id);
    client.show(updated, () => `Updated the endpoint ${id}.\n`);
  });
}

/** The fields that the user gave. Others are omitted, so that an update does not change them. */
async function fieldsOf(
  options: EndpointOptions,
  command: string,
  { terminal }: CommandContext,
): Promise<Row> {
  const { events, channels, contract, description, header, inFlightMax, ratePerSecond } = options;
  const { transformation: file, retrySchedule, timeoutSeconds, finalStatuses } = options;
  const source = file === undefined ? undefined : await readInputText(file, terminal);
  const fields = {
    events,
    channels,
    contract,
    description,
    headers: header === undefined ? undefined : headersOf(header, command),
    in_flight_max: inFlightMax,
    rate_per_second: ratePerSecond,
    retry_schedule: retrySchedule,
    timeout_seconds: timeoutSeconds,
    final_statuses: finalStatuses,
    transformation: source?.trim() === "" ? null : source,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** @throws PosthornError `PH_ARGUMENT_INVALID` for a line without a colon. */
function headersOf(lines: readonly string[], command: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      if (colon < 1) {
        const facts = { argument: "--header", command, reason: "it must be 'Name: value'" };
        throw new PosthornError("PH_ARGUMENT_INVALID", facts);
      }
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
}
