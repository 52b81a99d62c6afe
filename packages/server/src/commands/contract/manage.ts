/** `posthorn contract list`, `preview` and `apply`. */
import type { Command } from "commander";
import type { Api, Row } from "../../client/api.ts";
import { openClient } from "../../client/client.ts";
import { readInputText, readJsonArgument } from "../../client/input.ts";
import { plain, time } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { parseContract } from "../../contracts/load.ts";
import { preview, type Preview } from "../../contracts/preview.ts";
import { compileContract } from "../../contracts/render.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { printable } from "../../observe/printable.ts";
import { describeChanges, type EventTypeChange } from "../api/event-type-changes.ts";
import { readDocumentFile, readSecret, type NamedDocument } from "./document.ts";
import { standIns } from "./rebuild.ts";

export async function list(context: CommandContext, command: Command): Promise<void> {
  const client = await openClient(context, command);
  client.showRows(await client.api.list("webhook_contracts", { order: "name" }), [
    plain("name"),
    plain("title"),
    plain("origin"),
    plain("version"),
    time("updated_at", context.timeZone, "updated"),
  ]);
}

export interface PreviewCommandOptions {
  readonly eventType: string;
  readonly data?: string;
  readonly id?: string;
  readonly to: string;
  readonly secret?: readonly string[];
}

export async function previewCommand(
  given: string,
  options: PreviewCommandOptions,
  context: CommandContext,
  command: Command,
): Promise<void> {
  const { terminal } = context;
  const { contract } = await documentNamed(given, context, command);
  const { algorithms, compiled } = compiledForPreview(contract);
  const secrets = new Map<string, string>();
  for (const each of options.secret ?? []) {
    const { name, text } = await readSecret(contract, each, terminal);
    secrets.set(name, text);
  }
  const of = { argument: "--data", command: "contract preview" };
  const shown = preview(compiled, {
    eventType: options.eventType,
    dataJson: await readJsonArgument(options.data ?? '{"id":"example"}', of, terminal),
    externalId: options.id ?? null,
    url: options.to,
    secrets,
    nowMs: context.now(),
  });
  if (command.optsWithGlobals<{ json?: true }>().json === true) {
    terminal.out(`${JSON.stringify(shown)}\n`);
    return;
  }
  if (algorithms > 0) terminal.err("Signed with throw-away keys in place of the platform's.\n");
  for (const [name, secret] of Object.entries(shown.secrets)) {
    if (!secrets.has(name)) terminal.err(`Throw-away secret ${name}: ${secret}\n`);
  }
  terminal.out(asHttp(shown));
}

function compiledForPreview(contract: NamedDocument["contract"]) {
  const { platformAlgorithms } = compileContract(contract);
  const compiled = compileContract(contract, standIns(platformAlgorithms));
  return { algorithms: platformAlgorithms.length, compiled };
}

function asHttp({ method, url, headers, body }: Preview): string {
  const { pathname, search, host } = new URL(url);
  const lines = [
    `${method} ${pathname}${search} HTTP/1.1`,
    `host: ${host}`,
    ...headers.map(({ name, value }) => `${name}: ${value}`),
  ];
  return `${lines.map((line) => `${printable(line)}\n`).join("")}\n${body}\n`;
}

/** A file, a shipped contract, or one that the service stores. */
async function documentNamed(
  given: string,
  context: CommandContext,
  command: Command,
): Promise<NamedDocument> {
  try {
    return await readDocumentFile(given, context.terminal);
  } catch (error) {
    const isFile = !(error instanceof PosthornError) || error.code !== "PH_FILE_UNREADABLE";
    if (isFile || /[./]/.test(given)) throw error;
    const { api } = await openClient(context, command);
    const row = await storedContract(api, given);
    if (row === undefined) throw error;
    const text = JSON.stringify(row["document"]);
    return { contract: parseContract(text), text };
  }
}

async function storedContract(api: Api, name: string): Promise<Row | undefined> {
  return (await api.list("webhook_contracts", { name: `eq.${name}` })).rows[0];
}

export interface ApplyOptions {
  readonly dryRun?: true;
}

/** Stores what differs. All files are read before the first is stored. */
export async function apply(
  files: readonly string[],
  { dryRun }: ApplyOptions,
  context: CommandContext,
  command: Command,
): Promise<void> {
  const { terminal } = context;
  const documents: NamedDocument[] = [];
  for (const file of files) {
    const text = await readInputText(file, terminal);
    documents.push({ text, contract: parseContract(text, file) });
  }
  const client = await openClient(context, command);
  const changes: EventTypeChange[] = [];
  for (const { contract, text } of documents) {
    const row = await storedContract(client.api, contract.name);
    const change = changeOf(contract as unknown as Row, row);
    if (change === null) continue;
    changes.push(change);
    if (dryRun === true) continue;
    const body = `{"name":${JSON.stringify(contract.name)},"document":${text}}`;
    await client.api.upsert("webhook_contracts", body, ["name", "document"]);
  }
  if (client.json) {
    terminal.out(`${JSON.stringify(changes)}\n`);
    return;
  }
  const verb = dryRun === true ? "would be" : "were";
  const created = changes.filter(({ kind }) => kind === "create").length;
  terminal.out(describeChanges(changes));
  terminal.out(
    `${created} ${verb} created, ${changes.length - created} ${verb} updated, ` +
      `${documents.length - changes.length} already match.\n`,
  );
}

/** What would change, by the members of the document; null if nothing would. */
function changeOf(wanted: Row, row: Row | undefined): EventTypeChange | null {
  const name = String(wanted["name"]);
  if (row === undefined) return { name, kind: "create", fields: wanted, before: {} };
  const before = row["document"] as Row;
  const members = new Set([...Object.keys(before), ...Object.keys(wanted)]);
  // Texts, because the order of members is the order of headers, and of the members of the body.
  const differing = [...members].filter(
    (each) => JSON.stringify(before[each]) !== JSON.stringify(wanted[each]),
  );
  if (differing.length === 0) return null;
  const pick = (from: Row): Row =>
    Object.fromEntries(differing.map((each) => [each, from[each] ?? null]));
  return { name, kind: "update", fields: pick(wanted), before: pick(before) };
}
