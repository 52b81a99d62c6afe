/** An endpoint's subscriptions: event types, wildcards and groups. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { similarName } from "../model/similar-name.ts";
import type { Queryable } from "../postgres/pool.ts";

export interface Subscriptions {
  /** The named types. Null for all types. */
  readonly names: readonly string[] | null;
  /** The wildcards without their `*`. Null for none. */
  readonly prefixes: readonly string[] | null;
  readonly groups: readonly string[] | null;
}

const everyType: Subscriptions = { names: null, prefixes: null, groups: null };

/** Empty, or parts of a name that each end in a separator. `event-type-changes.ts` has names. */
const prefixForm = /^(?:[a-zA-Z0-9_-]+[./: ])*$/;

/**
 * Parses an endpoint's `events`: null for all, or a list that is not empty. With an empty list an
 * endpoint would never get an event. A list may contain names, wildcards (`order.*`) and groups
 * (`@billing`).
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_EVENT_WILDCARD_INVALID`
 */
export function parseSubscriptions(value: unknown): Subscriptions {
  if (value === null) return everyType;
  const isList =
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= limits.eventTypesPerEndpointMax &&
    value.every((each) => typeof each === "string" && canBeStored(each));
  if (!isList) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "events",
      allowed:
        "null for every event type, or a list of 1 to " +
        `${limits.eventTypesPerEndpointMax} event types' names, wildcards and @groups`,
    });
  }
  const texts = [...new Set<string>(value)];
  const isGroup = (text: string): boolean => text.startsWith("@");
  const isWildcard = (text: string): boolean => !isGroup(text) && text.includes("*");
  const prefixes = texts.filter(isWildcard).map(prefixOf);
  const groups = texts.filter(isGroup).map((text) => text.slice(1));
  return {
    names: texts.filter((text) => !isGroup(text) && !isWildcard(text)),
    prefixes: prefixes.length === 0 ? null : prefixes,
    groups: groups.length === 0 ? null : groups,
  };
}

/** A name with its sign. PostgreSQL cannot store U+0000. */
function canBeStored(text: string): boolean {
  return text.length <= limits.eventTypeNameCharsMax + 1 && !text.includes("\u0000");
}

function prefixOf(wildcard: string): string {
  const prefix = wildcard.slice(0, -1);
  if (wildcard.endsWith("*") && prefixForm.test(prefix)) return prefix;
  throw new PosthornError("PH_EVENT_WILDCARD_INVALID", { wildcard: JSON.stringify(wildcard) });
}

/** The orgs and endpoints that subscribe. */
export interface Subscribers {
  readonly orgIds: readonly string[];
  /**
   * The changed endpoints. What they already subscribe to is allowed even if it is no longer in the
   * catalogue, because a user who changes another field did not choose it.
   */
  readonly endpointIds: readonly string[];
}

/**
 * Requires that the orgs see each type, and a type for each wildcard and group. Keeps the named
 * types from being deleted until the end of the transaction.
 * @throws PosthornError `PH_EVENT_TYPE_UNKNOWN`, `PH_EVENT_WILDCARD_UNMATCHED`,
 * `PH_EVENT_GROUP_UNKNOWN`
 */
export async function requireKnown(
  transaction: Queryable,
  { names, prefixes, groups }: Subscriptions,
  subscribers: Subscribers,
): Promise<void> {
  const of = { transaction, subscribers };
  if (names !== null && names.length > 0) {
    await transaction.query(
      "select from posthorn.event_types where name = any ($1::text[]) for key share",
      [names],
    );
    const isNamed = "type.name = wanted.text and not type.archived";
    const unknown = await firstUnmatched(of, names, "event_types", isNamed);
    if (unknown !== null) {
      throw new PosthornError("PH_EVENT_TYPE_UNKNOWN", { event_type: JSON.stringify(unknown) });
    }
  }
  const named = (prefixes ?? []).filter((prefix) => prefix !== "");
  const unmatched = await firstUnmatched(of, named, "event_prefixes", "type.name ^@ wanted.text");
  if (unmatched !== null) {
    const known = await visibleTexts(of, "substring(type.name from '^.*[./: ]')");
    const nearest = suggestion(similarName(known, unmatched), (text) => `${text}*`);
    const wildcard = JSON.stringify(`${unmatched}*`);
    throw new PosthornError("PH_EVENT_WILDCARD_UNMATCHED", { wildcard, nearest });
  }
  const isInGroup = "type.group_name = wanted.text";
  const group = await firstUnmatched(of, groups ?? [], "event_groups", isInGroup);
  if (group === null) return;
  const known = await visibleTexts(of, "type.group_name");
  const nearest = suggestion(similarName(known, group), (text) => `@${text}`);
  throw new PosthornError("PH_EVENT_GROUP_UNKNOWN", { group: JSON.stringify(group), nearest });
}

/** How many names are compared for a suggestion. */
const suggestionsMax = 1_000;

interface Asked {
  readonly transaction: Queryable;
  readonly subscribers: Subscribers;
}

/** True if every org of $2 may see `type`. An org that does not exist yet has no flags. */
const isVisible = `(type.feature_flag is null or not exists (
  select from unnest($2::uuid[]) as given (id)
  left join posthorn.orgs as org on org.id = given.id
  where (type.feature_flag = any (org.feature_flags)) is not true))`;

/**
 * Returns the first text that matches no visible type and that is new to one of the endpoints.
 * @param column where endpoints store such texts.
 * @param isMatch the SQL condition for `wanted.text` and a `type`.
 */
async function firstUnmatched(
  { transaction, subscribers }: Asked,
  texts: readonly string[],
  column: string,
  isMatch: string,
): Promise<string | null> {
  if (texts.length === 0) return null;
  const { rows } = await transaction.query<{ text: string }>(
    `select wanted.text from unnest($1::text[]) with ordinality as wanted (text, place)
     where not exists (
         select from posthorn.event_types as type where ${isMatch} and ${isVisible})
       and (cardinality($3::uuid[]) = 0 or exists (
         select from posthorn.endpoints
         where id = any ($3::uuid[]) and wanted.text <> all (coalesce(${column}, '{}'))))
     order by wanted.place limit 1`,
    [texts, subscribers.orgIds, subscribers.endpointIds],
  );
  return rows[0]?.text ?? null;
}

async function visibleTexts(
  { transaction, subscribers }: Asked,
  expression: string,
): Promise<readonly string[]> {
  const { rows } = await transaction.query<{ text: string }>(
    `select distinct ${expression} as text from posthorn.event_types as type
     where ${expression} is not null and ${isVisible} order by text limit $1`,
    [suggestionsMax, subscribers.orgIds],
  );
  return rows.map(({ text }) => text);
}

function suggestion(nearest: string | null, form: (text: string) => string): string {
  return nearest === null ? "" : `Did you mean ${form(nearest)}?`;
}
