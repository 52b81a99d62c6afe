/**
 * `posthorn import svix`: copies event types, applications and endpoints of a Svix server, with
 * their ids and secrets. Each object is stored by one request, and existing objects are not
 * changed. So an import that was interrupted can be repeated.
 */
import type { Command } from "commander";
import type { Api, Row } from "../../client/api.ts";
import { openClient } from "../../client/client.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { ApiError } from "../../errors/api-error.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { withoutUrlSecrets } from "../../observe/printable.ts";
import { describeReport, Report, reportJson, type Kind } from "./report.ts";
import { SvixServer } from "./svix-server.ts";
import { WithheldHeaders } from "./withheld-headers.ts";

export interface ImportOptions {
  readonly from?: string;
  readonly token?: string;
  readonly headers?: string;
  readonly apply?: true;
}

interface Import {
  readonly source: SvixServer;
  readonly api: Api;
  readonly isDryRun: boolean;
  readonly withheld: WithheldHeaders;
  readonly report: Report;
  /** Event types that a dry run did not create, so that no endpoint can name them. */
  readonly missingTypes: Set<string>;
}

export async function importSvix(
  context: CommandContext,
  command: Command,
  options: ImportOptions,
): Promise<void> {
  const { environment, terminal } = context;
  const from = options.from ?? environment.svixUrl;
  const token = options.token ?? environment.svixToken;
  if (from === null)
    throw new PosthornError("PH_IMPORT_SOURCE", { what: "address", option: "from" });
  if (token === null)
    throw new PosthornError("PH_IMPORT_SOURCE", { what: "token", option: "token" });
  const client = await openClient(context, command);
  const withheld = await WithheldHeaders.read(options.headers, context);
  const run: Import = {
    source: new SvixServer(from, token),
    api: client.api,
    isDryRun: options.apply !== true,
    withheld,
    report: new Report(),
    missingTypes: new Set(),
  };
  try {
    await importEventTypes(run);
    for await (const app of run.source.list("/app")) await importApplication(run, app);
    for (const id of withheld.unusedIds) {
      run.report.notes.push(`--headers names ${id}, and no header of it was missing.`);
    }
  } finally {
    // An error in the middle must not hide what was imported before it.
    const text = client.json ? reportJson(run.report) : describeReport(run.report, run.isDryRun);
    terminal.out(text);
  }
  if (run.report.count("failed") > 0) context.exitCode = exitCodes.negative;
}

async function importEventTypes(run: Import): Promise<void> {
  for await (const type of run.source.list("/event-type?with_content=true&include_archived=true")) {
    const { name, description = "", archived = false, deprecated = false, schemas = null } = type;
    const path = `/api/v1/event-type/${encodeURIComponent(String(name))}`;
    const group = typeof type["groupName"] === "string" ? { groupName: type["groupName"] } : {};
    const body = { description, archived, deprecated, schemas, ...flagsOf(type), ...group };
    await attempt(run, "event type", String(name), async () => {
      const exists = await isThere(run.api, path);
      if (!exists && run.isDryRun) run.missingTypes.add(String(name));
      else if (!exists) await run.api.request("PUT", path, { body: JSON.stringify(body) });
      return !exists;
    });
  }
}

/** Older servers have only the single flag. Without its flag, every customer would see the type. */
function flagsOf({ featureFlags, featureFlag }: Row): Row {
  if (Array.isArray(featureFlags) && featureFlags.length > 0) return { featureFlags };
  return typeof featureFlag === "string" ? { featureFlag } : {};
}

async function importApplication(run: Import, app: Row): Promise<void> {
  const { id, uid = null, name, metadata = {} } = app;
  const application = { svix_id: id, uid, name, metadata, dry_run: run.isDryRun };
  const path = `/app/${encodeURIComponent(String(id))}/endpoint`;
  const endpoints: Row[] = [];
  const isHere = await attempt(run, "application", labelOf(app), async () => {
    // Read first, because an application that was just deleted has no list.
    for await (const endpoint of run.source.list(path)) endpoints.push(endpoint);
    const { rows } = await run.api.call("import_svix_application", application);
    run.report.notes.push(...limitNotes(app));
    return rows[0]?.["is_new"] === true;
  });
  if (!isHere) return;
  for (const endpoint of endpoints) {
    const url = withoutUrlSecrets(String(endpoint["url"]));
    const label = `${labelOf(app)} ${labelOf(endpoint)} ${url}`;
    await attempt(run, "endpoint", label, () =>
      importEndpoint(
        run,
        String(uid ?? id),
        `${path}/${encodeURIComponent(String(endpoint["id"]))}`,
        endpoint,
      ),
    );
  }
}

/** Imports an endpoint with everything that the Svix server says of it, or not at all. */
async function importEndpoint(
  run: Import,
  orgId: string,
  path: string,
  endpoint: Row,
): Promise<boolean> {
  const { id, uid = null, url, description = "", disabled = false, metadata = {} } = endpoint;
  if (await isThere(run.api, `/api/v1${path}`)) return false;
  const { key } = await run.source.get(`${path}/secret`);
  if (typeof key !== "string" || !key.startsWith("whsec_")) {
    throw new Unimportable(
      "It signs with a private key, which the server does not show. Create it here, and give its " +
        "receiver the new key.",
    );
  }
  const transformation = await run.source.find(`${path}/transformation`);
  if (transformation?.["enabled"] === true) {
    throw new Unimportable("It has a transformation. Its receiver would get another body.");
  }
  const headers = await headersOf(run, path, String(id));
  const { rows } = await run.api.call("import_svix_endpoint", {
    org_id: orgId,
    svix_id: id,
    uid,
    url,
    secret: key,
    description,
    is_active: disabled !== true,
    events: eventsOf(run, endpoint),
    channels: endpoint["channels"] ?? null,
    headers,
    rate_per_second: endpoint["throttleRate"] ?? endpoint["rateLimit"] ?? null,
    metadata,
    dry_run: run.isDryRun,
  });
  return rows[0]?.["is_new"] === true;
}

function eventsOf({ missingTypes }: Import, endpoint: Row): unknown {
  const events: unknown = endpoint["eventTypes"] ?? endpoint["filterTypes"] ?? null;
  const areHere = !Array.isArray(events) || events.every((name) => !missingTypes.has(String(name)));
  return areHere ? events : null;
}

/** An object cannot be imported, for a reason that is not an error response. */
class Unimportable extends Error {}

async function headersOf(run: Import, path: string, id: string): Promise<Row> {
  const { headers = {}, sensitive = [] } = await run.source.get(`${path}/headers`);
  const names = Array.isArray(sensitive) ? sensitive.map(String) : [];
  const values = names.map((name) => [name, run.withheld.valueOf(id, name)] as const);
  const missing = values.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0) {
    throw new Unimportable(
      `The server withholds the value of ${missing.join(", ")}. Pass it with --headers.`,
    );
  }
  return { ...(headers as Row), ...Object.fromEntries(values) };
}

/**
 * Imports one object and reports how that went.
 *
 * @param work returns true if the object is new.
 * @returns false if it failed.
 */
async function attempt(
  { report }: Import,
  kind: Kind,
  name: string,
  work: () => Promise<boolean>,
): Promise<boolean> {
  try {
    report.add({ kind, name, outcome: (await work()) ? "new" : "known", reason: null });
    return true;
  } catch (error) {
    const isOfObject = error instanceof ApiError && error.status >= 400 && error.status < 500;
    const isEnd = error instanceof ApiError && [401, 403, 429].includes(error.status);
    if (!(error instanceof Unimportable) && (!isOfObject || isEnd)) throw error;
    const hint = error instanceof ApiError && error.hint !== null ? ` ${error.hint}` : "";
    report.add({ kind, name, outcome: "failed", reason: error.message + hint });
    return false;
  }
}

async function isThere(api: Api, path: string): Promise<boolean> {
  try {
    await api.request("GET", path);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

/** Posthorn limits the rate of endpoints, not of applications. */
function limitNotes(app: Row): readonly string[] {
  const rate: unknown = app["throttleRate"] ?? app["rateLimit"];
  if (typeof rate !== "number") return [];
  return [`${labelOf(app)}: its rate limit of ${rate} is not imported. Limit its endpoints.`];
}

const labelOf = ({ id, uid }: Row): string =>
  typeof uid === "string" ? `${uid} (${String(id)})` : String(id);
