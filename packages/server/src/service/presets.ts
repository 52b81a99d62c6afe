/** Loads the event types of presets into the catalogue. */
import type { EventTypeDocument } from "../contracts/catalogue.ts";
import type { Client } from "../postgres/pool.ts";

export interface PresetsToLoad {
  /** The event types of all packaged files, by the name of the file. */
  readonly catalogue: ReadonlyMap<string, readonly EventTypeDocument[]>;
  /** The presets that the configuration names. */
  readonly presets: readonly string[];
  /** True if Posthorn's own operational event types are loaded as well. */
  readonly hasOperationalEvents: boolean;
  readonly nowMs: number;
}

export interface LoadedPresets {
  /** Presets whose event types this start added to the catalogue. */
  readonly loaded: readonly string[];
  /**
   * Presets that are no longer configured, but whose event types an earlier start added to the
   * catalogue.
   */
  readonly kept: readonly string[];
}

const operational = "posthorn";
const marker = "preset/";

/**
 * Loads each preset once. At later starts the platform owns the catalogue: its changes and
 * deletions are kept, and so are the event types of presets that are no longer configured.
 */
export async function loadPresets(
  transaction: Client,
  { catalogue, presets, hasOperationalEvents, nowMs }: PresetsToLoad,
): Promise<LoadedPresets> {
  const wanted = hasOperationalEvents ? [...presets, operational] : presets;
  const { rows } = await transaction.query<{ name: string }>(
    `insert into posthorn.settings (name, value)
     select name, '' from unnest($1::text[]) as wanted (name)
     on conflict do nothing returning name`,
    [wanted.map((name) => marker + name)],
  );
  const isNew = new Set(rows.map(({ name }) => name.slice(marker.length)));
  const loaded = wanted.filter((name) => isNew.has(name));
  const eventTypes = loaded.flatMap((name) => catalogue.get(name) ?? []);
  await insertEventTypes(transaction, eventTypes, nowMs);
  return {
    loaded: loaded.filter((name) => name !== operational),
    kept: await keptPresets(transaction, catalogue, wanted),
  };
}

async function keptPresets(
  transaction: Client,
  catalogue: PresetsToLoad["catalogue"],
  wanted: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await transaction.query<{ name: string }>(
    "select name from posthorn.settings where starts_with(name, $1)",
    [marker],
  );
  const others = rows
    .map(({ name }) => name.slice(marker.length))
    .filter((name) => name !== operational && !wanted.includes(name));
  const kept: string[] = [];
  for (const name of others.toSorted()) {
    const { rowCount } = await transaction.query(
      "select from posthorn.event_types where name = any ($1::text[]) limit 1",
      [(catalogue.get(name) ?? []).map((type) => type.name)],
    );
    if (rowCount === 1) kept.push(name);
  }
  return kept;
}

async function insertEventTypes(
  transaction: Client,
  eventTypes: readonly EventTypeDocument[],
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `insert into posthorn.event_types
       (name, description, schema, example, schema_check, created_at, updated_at)
     select name, description, schema::json, example::json, 'refuse', $5, $5
     from unnest($1::text[], $2::text[], $3::text[], $4::text[])
       as given (name, description, schema, example)
     on conflict do nothing`,
    [
      eventTypes.map((type) => type.name),
      eventTypes.map((type) => type.description),
      eventTypes.map((type) => JSON.stringify(type.schema)),
      eventTypes.map((type) => JSON.stringify(type.example)),
      new Date(nowMs).toISOString(),
    ],
  );
}

/**
 * A sentence for the log and the terminal that says what is loaded and how to choose other presets.
 */
export function describePresets(
  { kept }: LoadedPresets,
  { presets, contract }: { readonly presets: readonly string[]; readonly contract: string },
): string {
  const named =
    presets.length === 0
      ? "No presets: Posthorn adds no event types"
      : `Presets with their event types: ${presets.join(", ")}`;
  const stay =
    kept.length === 0
      ? ""
      : ` Event types of ${kept.join(", ")} from an earlier start stay in the catalogue until ` +
        "you delete them.";
  return (
    `${named}. Default contract: ${contract}.${stay} ` +
    (presets.length === 0
      ? "Set POSTHORN_PRESETS to load presets."
      : "Set POSTHORN_PRESETS to other presets, or to none.")
  );
}
