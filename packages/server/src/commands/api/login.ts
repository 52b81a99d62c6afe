/** `posthorn login`, `logout` and `profiles`: store addresses and keys for the other commands. */
import type { Command } from "commander";
import { Api } from "../../client/api.ts";
import { checkedUrl, localAddress, type ClientOptions } from "../../client/connection.ts";
import { addExamples } from "../../client/examples.ts";
import { readInputText } from "../../client/input.ts";
import { readProfiles, writeProfiles } from "../../client/profiles.ts";
import { formatTable, plain } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { PosthornError } from "../../errors/catalogue.ts";

const defaultName = "default";

export function addLoginCommands(program: Command, context: CommandContext): void {
  addLogin(program, context);
  addExamples(
    program
      .command("logout")
      .description("Delete a profile and its key: that of --profile, or the current one."),
    ["posthorn logout", "Delete the current profile"],
    ["posthorn logout --profile staging", "Delete another profile"],
  ).action(async (_options: unknown, command: Command) => {
    const { profilesFile, profile } = context.environment;
    const { current, profiles } = await readProfiles(profilesFile);
    const name = command.optsWithGlobals<ClientOptions>().profile ?? profile ?? current;
    if (name === null || !profiles.has(name)) throw unknown(name ?? defaultName, profiles);
    const left = new Map([...profiles].filter(([each]) => each !== name));
    await writeProfiles(profilesFile, {
      current: current === name ? null : current,
      profiles: left,
    });
    context.terminal.out(`Deleted the profile ${name}.\n`);
  });
  addExamples(program.command("profiles").description("List profiles, without their keys."), [
    "posthorn profiles",
    "List all profiles",
  ]).action(async (_options: unknown, command: Command) => {
    const { current, profiles } = await readProfiles(context.environment.profilesFile);
    const rows = [...profiles].map(([name, { url }]) => ({
      name,
      url,
      is_current: name === current,
    }));
    const isJson = command.optsWithGlobals<ClientOptions>().json === true;
    const columns = [
      plain("name"),
      plain("url"),
      {
        title: "current",
        value: (row: Readonly<Record<string, unknown>>) => (row["is_current"] === true ? "*" : ""),
      },
    ];
    context.terminal.out(isJson ? `${JSON.stringify(rows)}\n` : formatTable(columns, rows));
  });
}

function addLogin(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("login")
      .description(
        "Check a key and keep it in a profile, which the other commands use. Asks for the key, or " +
          "reads it from standard input. Use --url for the address and --profile for the name.",
      ),
    ["posthorn login --url https://webhooks.example.com", "Keep a key in the profile default"],
    [
      "posthorn login --url https://staging.example.com --profile staging",
      "Keep a key for another installation",
    ],
    ["posthorn login --url https://webhooks.example.com < key.txt", "Read the key from a file"],
  ).action(async (_options: unknown, command: Command) => {
    const { environment, terminal } = context;
    const options = command.optsWithGlobals<ClientOptions>();
    const name = options.profile ?? environment.profile ?? defaultName;
    const { profiles } = await readProfiles(environment.profilesFile);
    const known = profiles.get(name)?.url;
    const url = checkedUrl(
      options.url ?? environment.url ?? known ?? (await localAddress(environment)),
    );
    const key =
      options.key ??
      (await terminal.askSecret(`Key for ${url}: `)) ??
      (await readInputText("-", terminal)).trim();
    if (!/^[\x21-\x7e]+$/.test(key)) {
      const facts = { argument: "the key", command: "login", reason: "it is empty or has spaces" };
      throw new PosthornError("PH_ARGUMENT_INVALID", facts);
    }
    // Tests the key with the catalogue, which every role may read. So a rejection means that the
    // key is wrong.
    await new Api({ url, key, profile: null }).list("webhook_event_types", { limit: "1" });
    const all = new Map([...profiles, [name, { url, key }]]);
    await writeProfiles(environment.profilesFile, { current: name, profiles: all });
    terminal.out(`Commands now use ${url} (profile ${name}).\n`);
  });
}

function unknown(profile: string, profiles: ReadonlyMap<string, unknown>): PosthornError {
  const existing = [...profiles.keys()].join(", ") || "none";
  return new PosthornError("PH_PROFILE_UNKNOWN", { profile, profiles: existing });
}
