/** rpc/explain. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { parseOrgId } from "../../model/org-id.ts";
import { probeEndpointId } from "../../model/probe.ts";
import { explain } from "../../registry/explain.ts";
import type { Argument, RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";

const explainArguments: readonly Argument[] = [
  {
    name: "event_id",
    type: "uuid",
    required: false,
    description: "The event. Either this or external_id.",
  },
  {
    name: "external_id",
    type: "text",
    required: false,
    description: "Your own id of the event. With the admin key, org_id is needed as well.",
  },
  {
    name: "org_id",
    type: "org",
    required: false,
    description: "The org of external_id. Default: the caller's org.",
  },
  {
    name: "endpoint_id",
    type: "uuid",
    required: false,
    description: "Only this endpoint.",
  },
];

/**
 * Returns the id of the event that the arguments name.
 *
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_FIELD_MISSING`, `PH_NOT_FOUND`
 */
async function eventOf(
  { tenants }: FunctionDependencies,
  given: Readonly<Record<string, unknown>>,
  scope: string | null,
): Promise<string> {
  const { event_id: id, external_id: externalId, org_id: org } = given;
  if ((id === undefined) === (externalId === undefined)) {
    const allowed = "the id of an event, or no value with external_id";
    throw new PosthornError("PH_FIELD_INVALID", { field: "event_id", allowed });
  }
  if (id !== undefined) return id as string;
  const orgId = org === undefined ? scope : parseOrgId(org as string).id;
  if (orgId === null) {
    const reason = "With the admin key, external_id needs the org.";
    throw new PosthornError("PH_FIELD_MISSING", { field: "org_id", reason });
  }
  const { rows } = await tenants.read(scope, (database) =>
    database.query<{ id: string }>(
      `select id from posthorn.events
       where external_id = $1 and org_id = $2 and ($3::uuid is null or org_id = $3)`,
      [externalId, orgId, scope],
    ),
  );
  const row = rows[0];
  if (row === undefined) {
    throw new PosthornError("PH_NOT_FOUND", { thing: "event", id: externalId as string });
  }
  return row.id;
}

export function explainEvent(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "explain",
    description:
      "Explains for each endpoint of the org why an event did or did not arrive. If the org has " +
      "no endpoints, the result is an empty array.",
    arguments: explainArguments,
    readOnly: true,
    roles: ["manage", "read"],
    returns: "set",
    result: [
      { name: "endpoint_id", type: "uuid", description: "The endpoint." },
      {
        name: "url",
        type: "text",
        description: "Its URL; null for a terminal.",
        isNullable: true,
      },
      {
        name: "verdict",
        type: "text",
        description: "The result in one word, e.g. delivered, waiting or filtered_by_type.",
      },
      { name: "reason", type: "text", description: "The explanation in one sentence." },
      {
        name: "delivery_id",
        type: "uuid",
        description: "The delivery, if there is one.",
        isNullable: true,
      },
      { name: "attempts", type: "integer", description: "The number of attempts so far." },
      {
        name: "response_status",
        type: "integer",
        description: "The HTTP status of the latest attempt.",
        isNullable: true,
      },
      {
        name: "next_retry_at",
        type: "timestamptz",
        description: "When the next attempt is due.",
        isNullable: true,
      },
    ],
    async handler(given, { principal, nowMs }) {
      const scope = scopeOf(principal);
      const eventId = await eventOf(dependencies, given, scope);
      const endpointsMax = limits.endpointsPerOrgMax;
      const explanations = await dependencies.tenants.read(scope, (database) =>
        explain(database, { eventId, scope, nowMs, endpointsMax }),
      );
      if (explanations === null) {
        throw new PosthornError("PH_NOT_FOUND", { thing: "event", id: eventId });
      }
      const only = given["endpoint_id"];
      return explanations.filter(
        ({ endpoint_id: id }) => id !== probeEndpointId && (only === undefined || id === only),
      );
    },
  };
}
