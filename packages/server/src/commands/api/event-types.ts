/** `posthorn event-types`: reads and changes the catalogue, and compares it with files. */
import type { Command } from "commander";
import type { Api, Row } from "../../client/api.ts";
import { openClient } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { readInputText } from "../../client/input.ts";
import { plain, time } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { limits } from "../../limits.ts";
import {
  changesBetween,
  describeChanges,
  eventTypeColumns,
  requestBodies,
  type EventTypeChange,
} from "./event-type-changes.ts";
import { parseEventTypes } from "./event-type-document.ts";

const fileFormats =
  "The file is JSON or YAML: a list of event types with name, description, schema, example and " +
  "schema_check; or an object whose member eventTypes is that list; or an OpenAPI 3.1 document, " +
  "whose webhooks are the event types. In OpenAPI, the request body describes the event's data. " +
  "Members that the file leaves out do not change, and event types that it leaves out stay.";

export function addEventTypesCommands(program: Command, context: CommandContext): void {
  const eventTypes = addExamples(
    program.command("event-types").description("List event types, and apply files of them."),
    ["posthorn event-types list", "List the catalogue"],
    ["posthorn event-types apply event-types.yaml", "Create and update what the file describes"],
  );
  addList(eventTypes, context);
  addApply(eventTypes, context);
  addDiff(eventTypes, context);
}

function addList(eventTypes: Command, context: CommandContext): void {
  addExamples(
    eventTypes.command("list").description("List event types."),
    ["posthorn event-types list", "List the catalogue"],
    [
      "posthorn event-types list --json > event-types.json",
      "Save the catalogue as a file that apply reads",
    ],
  ).action(async (_options: unknown, command: Command) => {
    const client = await openClient(context, command);
    const rows = [...(await readCatalogue(client.api)).values()];
    const kept = rows.map(({ name, description, schema, example, schema_check }) => ({
      name,
      description,
      schema,
      example,
      schema_check,
    }));
    client.showRows({ text: JSON.stringify(kept), rows, headers: new Headers() }, [
      plain("name"),
      plain("description"),
      { title: "schema", value: (row) => yesOrNo(row["schema"]) },
      { title: "example", value: (row) => yesOrNo(row["example"]) },
      plain("schema_check", "on violation"),
      time("updated_at", context.timeZone, "updated"),
    ]);
  });
}

function yesOrNo(value: unknown): string {
  return value === null ? "no" : "yes";
}

function addApply(eventTypes: Command, context: CommandContext): void {
  addExamples(
    eventTypes
      .command("apply")
      .description(
        `Create and update event types from a file, and show what changed. ${fileFormats}`,
      )
      .argument("<file>", "the file, or - for standard input")
      .option("--dry-run", "show what would change, and change nothing"),
    ["posthorn event-types apply event-types.yaml --dry-run", "Show what would change"],
    ["posthorn event-types apply openapi.json", "Apply the webhooks of an OpenAPI document"],
    [
      "posthorn --profile staging event-types list --json | posthorn event-types apply -",
      "Copy the catalogue from another installation",
    ],
  ).action(async (file: string, options: { dryRun?: true }, command: Command) => {
    const client = await openClient(context, command);
    const wanted = parseEventTypes(file, await readInputText(file, context.terminal));
    const changes = changesBetween(wanted, await readCatalogue(client.api));
    if (options.dryRun !== true) {
      for (const body of requestBodies(changes)) {
        await client.api.upsert("webhook_event_types", body, eventTypeColumns);
      }
    }
    const verb = options.dryRun === true ? "would be" : "were";
    show(changes, wanted.length, verb, client.json, context);
  });
}

function addDiff(eventTypes: Command, context: CommandContext): void {
  addExamples(
    eventTypes
      .command("diff")
      .description(
        `Compare a file with the catalogue. Exits with code 5 if they differ. ${fileFormats}`,
      )
      .argument("<file>", "the file, or - for standard input"),
    ["posthorn event-types diff event-types.yaml", "Check in CI that the file has been applied"],
  ).action(async (file: string, _options: unknown, command: Command) => {
    const client = await openClient(context, command);
    const wanted = parseEventTypes(file, await readInputText(file, context.terminal));
    const changes = changesBetween(wanted, await readCatalogue(client.api));
    if (changes.length > 0) context.exitCode = exitCodes.negative;
    show(changes, wanted.length, "would be", client.json, context);
  });
}

function show(
  changes: readonly EventTypeChange[],
  total: number,
  verb: string,
  isJson: boolean,
  { terminal }: CommandContext,
): void {
  if (isJson) {
    terminal.out(`${JSON.stringify(changes)}\n`);
    return;
  }
  const created = changes.filter(({ kind }) => kind === "create").length;
  const updated = changes.length - created;
  terminal.out(describeChanges(changes));
  terminal.out(
    `${created} ${verb} created, ${updated} ${verb} updated, ` +
      `${total - changes.length} already match.\n`,
  );
}

/** Reads all event types, page by page. Returns them by name. */
async function readCatalogue(api: Api): Promise<ReadonlyMap<string, Row>> {
  const all = new Map<string, Row>();
  for (let last: string | null = null; ;) {
    const query = last === null ? {} : { name: `gt.${last}` };
    const { rows } = await api.list("webhook_event_types", {
      ...query,
      limit: String(limits.pageRowsMax),
    });
    for (const row of rows) all.set(String(row["name"]), row);
    // The last page is empty. A short page proves nothing, because it may be shorter than its
    // limit.
    if (rows.length === 0) return all;
    last = String(rows.at(-1)?.["name"]);
  }
}
