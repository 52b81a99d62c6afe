/** `posthorn replay` and `posthorn explain`. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Api, Rows } from "../../client/api.ts";
import { timeOrAge } from "../../client/arguments.ts";
import { openClient } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { formatFacts, plain, textOf, time } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { ApiError } from "../../errors/api-error.ts";
import { limits } from "../../limits.ts";
import { printable } from "../../observe/printable.ts";

interface ReplayOptions {
  readonly status?: string;
  readonly since?: string;
  readonly until?: string;
  readonly type?: string;
  readonly dryRun?: true;
  readonly wait?: true;
}

interface ExplainOptions {
  readonly externalId?: string;
  readonly org?: string;
  readonly endpoint?: string;
}

const exampleId = "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77";

export function addReplayCommands(program: Command, context: CommandContext): void {
  addReplay(program, context);
  addExplain(program, context);
}

function addReplay(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("replay")
      .description("Send deliveries of an endpoint again. Do a dry run first.")
      .argument("<endpoint>", "the endpoint's id")
      .option("--status <status>", "failed (the default), delivered, cancelled or missed")
      .option("--since <time>", "only of events after this time, or at most this old", timeOrAge)
      .option("--until <time>", "only of events before this time", timeOrAge)
      .option("--type <name>", "only of this event type")
      .option("--dry-run", "count the deliveries, and send nothing")
      .option("--wait", "wait until all of them are due"),
    [`posthorn replay ${exampleId} --since 24h --dry-run`, "Count the dead letters of a day"],
    [`posthorn replay ${exampleId} --since 24h --wait`, "Send them again"],
    [
      `posthorn replay ${exampleId} --status missed`,
      "Send what was published while the endpoint was inactive",
    ],
  ).action(async (endpoint: string, options: ReplayOptions, command: Command) => {
    const client = await openClient(context, command);
    const started = await client.api.call("replay", {
      endpoint_id: endpoint,
      status: options.status,
      since: options.since,
      until: options.until,
      event_type: options.type,
      dry_run: options.dryRun,
    });
    const id = started.rows[0]?.["id"];
    const isFollowed = options.wait === true && typeof id === "string";
    const answer = isFollowed ? await untilDone(client.api, id) : started;
    client.show(answer, () => describe(answer, options.dryRun === true));
  });
}

async function untilDone(api: Api, id: string): Promise<Rows> {
  for (;;) {
    const replay = await api.list("webhook_replays", { id: `eq.${id}` });
    if (replay.rows[0]?.["state"] !== "running") return replay;
    await sleep(limits.commandPollMs);
  }
}

function describe({ rows }: Rows, isDryRun: boolean): string {
  const { id, state, total, replayed } = rows[0] ?? {};
  const count = typeof total === "number" ? `${total}` : "more than can be counted quickly";
  if (isDryRun) return `Deliveries to send again: ${count}. Nothing was sent.\n`;
  const facts: [string, string][] = [
    ["replay", textOf(id)],
    ["state", textOf(state)],
    ["deliveries", count],
  ];
  if (replayed !== undefined) facts.push(["replayed", textOf(replayed)]);
  return formatFacts(facts);
}

function addExplain(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("explain")
      .description("Explain for each endpoint of the org why an event did or did not arrive.")
      .argument("[event]", "the event's id, or that of one of its deliveries")
      .option("--external-id <id>", "instead of the event's id: your own id of it")
      .option("--org <id>", "the org of the external id; not needed with an org's key")
      .option("--endpoint <id>", "only this endpoint"),
    [`posthorn explain ${exampleId}`, "Explain one event"],
    ["posthorn explain --external-id evt_42 --org $ORG", "Explain an event by your own id of it"],
  ).action(async (event: string | undefined, options: ExplainOptions, command: Command) => {
    const client = await openClient(context, command);
    const { endpoint, externalId, org } = options;
    const given = { event_id: event, external_id: externalId, org_id: org };
    const answer = await explain(client.api, { ...given, endpoint_id: endpoint });
    if (answer.rows.length === 0 && endpoint === undefined) {
      client.show(answer, () => noEndpoints(org));
      return;
    }
    client.showRows(answer, [
      plain("endpoint_id", "endpoint"),
      plain("url"),
      plain("verdict"),
      plain("reason"),
      plain("attempts"),
      time("next_retry_at", context.timeZone, "next attempt"),
      plain("delivery_id", "delivery"),
    ]);
    if (client.json || answer.rows.every((row) => row["delivery_id"] === null)) return;
    context.terminal.out("\nThe attempts and their responses: posthorn deliveries show DELIVERY\n");
  });
}

interface Explained {
  /** An event's id, or a delivery's: then only that delivery is explained. */
  readonly event_id: string | undefined;
  readonly external_id: string | undefined;
  readonly org_id: string | undefined;
  readonly endpoint_id: string | undefined;
}

async function explain(api: Api, given: Explained): Promise<Rows> {
  try {
    return await api.call("explain", { ...given });
  } catch (error) {
    const { event_id: id, endpoint_id: endpointId } = given;
    if (!(error instanceof ApiError) || error.status !== 404 || id === undefined) throw error;
    const select = "event_id,endpoint_id";
    const { rows } = await api.list("webhook_deliveries", { id: `eq.${id}`, select });
    const delivery = rows[0];
    if (delivery === undefined) throw error;
    const { event_id: eventId, endpoint_id: its } = delivery;
    return await api.call("explain", { event_id: eventId, endpoint_id: endpointId ?? its });
  }
}

/** Says why an event of this org has no deliveries and cannot have any. */
function noEndpoints(org: string | undefined): string {
  const whose = org === undefined ? "The event's org" : `The org ${printable(org)}`;
  return `${whose} has no endpoints. Check the org's id, or create one.\n`;
}
