/** rpc/test_transformation. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { Transformed } from "../../model/transformation.ts";
import type { Argument, RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";
import { publishedEvent } from "./published-event.ts";

/** The event if only its data is given. */
const exampleId = "00000000-0000-7000-8000-000000000000";
const exampleType = "example.created";
/** Whose turn the operator's tests use. */
const operator = "operator";

const testArguments: readonly Argument[] = [
  {
    name: "transformation",
    type: "text",
    required: true,
    description: "The function, as an endpoint would have it.",
  },
  {
    name: "data",
    type: "json",
    required: false,
    description: "The data to test it with. Either this or event_id.",
    isKeptAsText: true,
  },
  {
    name: "event_type",
    type: "text",
    required: false,
    description: `With data: the event type. Default: ${exampleType}.`,
  },
  {
    name: "event_id",
    type: "uuid",
    required: false,
    description: "An event to test it with.",
  },
];

export function testTransformation(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "test_transformation",
    description:
      "Runs a transformation on data or an event, and returns what an endpoint would get instead. " +
      "It stores and sends nothing.",
    arguments: testArguments,
    readOnly: true,
    roles: ["manage"],
    returns: "object",
    result: [
      { name: "outcome", type: "text", description: "shaped, cancelled or failed." },
      {
        name: "data",
        type: "json",
        description: "The data that would be sent; null unless the outcome is shaped.",
        isNullable: true,
      },
      {
        name: "headers",
        type: "json",
        description: "The headers that the transformation would add, by name.",
      },
      {
        name: "reason",
        type: "text",
        description: "Why the transformation failed.",
        isNullable: true,
      },
      {
        name: "line",
        type: "integer",
        description: "The line of the transformation in which it failed, if that is known.",
        isNullable: true,
      },
    ],
    async handler(given, { principal, nowMs }) {
      const scope = scopeOf(principal);
      const source = given["transformation"] as string;
      if (source.length > limits.transformationCharsMax) {
        const allowed = `text of at most ${limits.transformationCharsMax} characters`;
        throw new PosthornError("PH_FIELD_INVALID", { field: "transformation", allowed });
      }
      const event = await eventOf(dependencies, given, scope, nowMs);
      const orgId = scope ?? operator;
      const context = { org_id: event.orgId, endpoint_id: null, url: null };
      return shown(await dependencies.sandbox.transform({ orgId, source, event, context }), event);
    },
  };
}

async function eventOf(
  dependencies: FunctionDependencies,
  given: Readonly<Record<string, unknown>>,
  scope: string | null,
  nowMs: number,
): Promise<PublishedEvent> {
  const { data, event_id: eventId, event_type: type = exampleType } = given;
  if ((data === undefined) === (eventId === undefined)) {
    const allowed = "either data, or the id of an event in event_id";
    throw new PosthornError("PH_FIELD_INVALID", { field: "data", allowed });
  }
  if (eventId !== undefined) return publishedEvent(dependencies, eventId as string, scope);
  return {
    id: exampleId,
    orgId: scope ?? exampleId,
    type: type as string,
    timestampMs: nowMs,
    dataJson: data as string,
  };
}

function shown(outcome: Transformed, event: PublishedEvent): object {
  const nothing = { data: null, headers: {}, reason: null, line: null };
  switch (outcome.kind) {
    case "shaped": {
      const data: unknown = JSON.parse(outcome.dataJson ?? event.dataJson);
      return { ...nothing, outcome: "shaped", data, headers: outcome.headers };
    }
    case "cancelled":
      return { ...nothing, outcome: "cancelled" };
    case "failed":
      return { ...nothing, outcome: "failed", reason: outcome.message, line: outcome.line };
    case "postponed":
      throw new PosthornError("PH_SANDBOX_BUSY", {}, { retryAfterSeconds: 1 });
  }
}
