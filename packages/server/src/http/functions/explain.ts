/** rpc/explain. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { explain } from "../../registry/explain.ts";
import type { RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";

export function explainEvent(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "explain",
    description: "Explains for each endpoint of the org why an event did or did not arrive.",
    arguments: [
      { name: "event_id", type: "uuid", required: true, description: "The event." },
      {
        name: "endpoint_id",
        type: "uuid",
        required: false,
        description: "Only this endpoint.",
      },
    ],
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
      const eventId = given["event_id"] as string;
      const scope = scopeOf(principal);
      const endpointsMax = limits.endpointsPerOrgMax;
      const explanations = await dependencies.tenants.read(scope, (database) =>
        explain(database, { eventId, scope, nowMs, endpointsMax }),
      );
      if (explanations === null) {
        throw new PosthornError("PH_NOT_FOUND", { thing: "event", id: eventId });
      }
      const only = given["endpoint_id"];
      return only === undefined
        ? explanations
        : explanations.filter((each) => each.endpoint_id === only);
    },
  };
}
