/** `posthorn keys`: lists, creates and revokes API keys. */
import type { Command } from "commander";
import { notFound } from "../../client/api.ts";
import { rowLimit, timeOrDelay } from "../../client/arguments.ts";
import { openClient } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { formatFacts, localTime, plain, textOf, time } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { PosthornError } from "../../errors/catalogue.ts";

/** The roles of keys that belong to no org. */
const rolesWithoutOrg: ReadonlySet<string> = new Set(["metrics", "publish_all", "svix_api"]);

interface NewKey {
  readonly org?: string;
  readonly role?: string;
  readonly svix?: true;
  readonly name?: string;
  readonly expires?: string;
}

export function addKeysCommands(program: Command, context: CommandContext): void {
  const keys = addExamples(
    program.command("keys").description("Manage the API keys of orgs. Needs the admin key."),
    ["posthorn keys list", "List all keys"],
    ["posthorn keys create --org $ORG --role publish", "Create a key that may publish events"],
  );
  addList(keys, context);
  addCreate(keys, context);
  addExamples(
    keys
      .command("revoke")
      .description("Delete a key. Requests with it are rejected from then on.")
      .argument("<id>", "the key's id"),
    ["posthorn keys revoke 019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77", "Revoke one key"],
  ).action(async (id: string, _options: unknown, command: Command) => {
    const client = await openClient(context, command);
    const removed = await client.api.remove("api_keys", { id: `eq.${id}` });
    if (removed.rows.length === 0) throw notFound("API key", id);
    client.show(removed, () => `Revoked the key ${id}.\n`);
  });
}

function addList(keys: Command, context: CommandContext): void {
  addExamples(
    keys
      .command("list")
      .description("List API keys, newest first. The keys themselves are not stored.")
      .option("--org <id>", "only the keys of this org")
      .option("--limit <number>", "the maximum number of keys", rowLimit, 100),
    ["posthorn keys list --org $ORG", "List the keys of one org"],
  ).action(async (options: { org?: string; limit: number }, command: Command) => {
    const client = await openClient(context, command);
    const answer = await client.api.list("api_keys", {
      ...(options.org === undefined ? {} : { org_id: `eq.${options.org}` }),
      limit: String(options.limit),
    });
    client.showRows(answer, [
      plain("id"),
      plain("org_id", "org"),
      plain("name"),
      plain("role"),
      plain("key_hint", "key"),
      time("created_at", context.timeZone, "created"),
      time("expires_at", context.timeZone, "expires"),
      time("last_used_at", context.timeZone, "last used"),
    ]);
  });
}

function addCreate(keys: Command, context: CommandContext): void {
  addExamples(
    keys
      .command("create")
      .description("Create a key. It is shown only once: alone on the last line of the output.")
      .option("--org <id>", "the org that the key belongs to; none for publish_all and metrics")
      .option("--role <role>", "what the key may do: manage, publish, read, publish_all or metrics")
      .option("--svix", "a key of the installation for Svix's libraries, instead of a role")
      .option("--name <text>", "a name for people")
      .option("--expires <time>", "a time, or a duration such as 90d; default: never", timeOrDelay),
    ["posthorn keys create --org $ORG --role manage", "Create a key that may manage endpoints"],
    [
      "KEY=$(posthorn keys create --org $ORG --role publish | tail -n 1)",
      "Keep the new key in a variable",
    ],
    ["posthorn keys create --org $ORG --role read --expires 30d", "Create a key for 30 days"],
    [
      "posthorn keys create --role publish_all",
      "Create a key that may only publish events, for every org",
    ],
    ["posthorn keys create --role metrics", "Create a key that may only read the metrics"],
    ["posthorn keys create --svix", "Create a key that Svix's libraries can use for every org"],
  ).action(async (options: NewKey, command: Command) => {
    const client = await openClient(context, command);
    const { org, name, expires } = options;
    const role = roleOf(options, command);
    const needsOrg = !rolesWithoutOrg.has(role);
    if (org === undefined && needsOrg) throw new PosthornError("PH_ORG_MISSING");
    const fields = { org_id: org, role, name, expires_at: expires };
    const created = await client.api.insert("api_keys", JSON.stringify(fields));
    const row = created.rows[0] ?? {};
    client.show(created, () => {
      const facts = formatFacts([
        ["id", textOf(row["id"])],
        ["org", textOf(row["org_id"])],
        ["role", textOf(row["role"])],
        ["expires", localTime(row["expires_at"], context.timeZone)],
      ]);
      return `${facts}This key is shown only once:\n${textOf(row["key"])}\n`;
    });
  });
}

function roleOf({ role, svix }: NewKey, command: Command): string {
  if (svix === true && role === undefined) return "svix_api";
  if (svix !== true && role !== undefined) return role;
  return command.error("error: give either --role or --svix");
}
