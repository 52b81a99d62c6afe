/** rpc/test_filter. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import {
  FilterSteps,
  FilterStepsError,
  filterWork,
  whyFiltered,
} from "../../model/filter-match.ts";
import { jsonPathOf } from "../../model/filter-path.ts";
import { parseFilter } from "../../model/filter.ts";
import type { Argument, RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";
import { publishedEvent } from "./published-event.ts";

const filterArguments: readonly Argument[] = [
  {
    name: "filter",
    type: "json",
    required: true,
    description: "The filter, as an endpoint would have it.",
    isKeptAsText: true,
  },
  {
    name: "data",
    type: "json",
    required: false,
    description: "The data to test it with. Either this or event_id.",
    isKeptAsText: true,
  },
  {
    name: "event_id",
    type: "uuid",
    required: false,
    description: "An event whose data is used.",
  },
];

export function testFilter(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "test_filter",
    description:
      "Says whether data matches a filter, and if not, gives the first reason. It stores and " +
      "sends nothing.",
    arguments: filterArguments,
    readOnly: true,
    roles: ["manage", "read"],
    returns: "object",
    result: [
      { name: "is_match", type: "boolean", description: "Whether the data matches." },
      {
        name: "reason",
        type: "text",
        description: "The first reason why the data does not match.",
        isNullable: true,
      },
    ],
    async handler(given, { principal }) {
      const { filter, data, event_id: eventId } = given;
      if ((data === undefined) === (eventId === undefined)) {
        const allowed = "either data, or the id of an event in event_id";
        throw new PosthornError("PH_FIELD_INVALID", { field: "data", allowed });
      }
      const dataJson =
        data === undefined
          ? (await publishedEvent(dependencies, eventId as string, scopeOf(principal))).dataJson
          : (data as string);
      const text = filter as string;
      const found = explained(text, dataJson);
      if (found !== null) return found;
      const isMatch = await matchesInDatabase(dependencies, text, dataJson, scopeOf(principal));
      return { is_match: isMatch, reason: isMatch ? null : "the data does not match" };
    },
  };
}

/** Null if an evaluation in this process would block it for too long. */
function explained(
  filter: string,
  dataJson: string,
): { readonly is_match: boolean; readonly reason: string | null } | null {
  if (filterWork(filter, dataJson) > limits.filterExplainedCharsMax) return null;
  try {
    const reason = whyFiltered(filter, dataJson, new FilterSteps(limits.filterExplainedStepsMax));
    return { is_match: reason === null, reason };
  } catch (error) {
    if (error instanceof FilterStepsError) return null;
    throw error;
  }
}

/** Evaluates a filter that would block this process for too long. */
async function matchesInDatabase(
  { tenants }: FunctionDependencies,
  filter: string,
  dataJson: string,
  scope: string | null,
): Promise<boolean> {
  const { rows } = await tenants.read(scope, (database) =>
    database.query<{ is_match: boolean }>(
      `select coalesce(posthorn.jsonb_or_null($1::json) @@ $2::jsonpath, false) as is_match`,
      [dataJson, jsonPathOf(parseFilter(filter).condition)],
    ),
  );
  return rows[0]?.is_match ?? false;
}
