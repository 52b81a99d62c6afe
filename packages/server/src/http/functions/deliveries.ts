/** rpc/retry_delivery and rpc/cancel_delivery. */
import { PosthornError } from "../../errors/catalogue.ts";
import type { Principal } from "../../model/principal.ts";
import type { ChangeOutcome } from "../../store/store.ts";
import type { RestFunction } from "../rest/rpc.ts";
import { orgOf, scopeOf, type FunctionDependencies } from "./dependencies.ts";

const deliveryArgument = {
  name: "delivery_id",
  type: "uuid",
  required: true,
  description: "The delivery.",
} as const;

const deliveryMembers = [
  { name: "id", type: "uuid", description: "The delivery." },
  { name: "event_id", type: "uuid", description: "The event." },
  { name: "endpoint_id", type: "uuid", description: "The endpoint." },
  { name: "status", type: "text", description: "The delivery's new status." },
  { name: "attempts", type: "integer", description: "The number of attempts so far." },
  {
    name: "next_retry_at",
    type: "timestamptz",
    description: "When the next attempt is due.",
    isNullable: true,
  },
] as const;

export function retryDelivery(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "retry_delivery",
    description:
      "Immediately attempts a delivery again and restarts its retry schedule. Works in any " +
      "state, except while an attempt is in progress.",
    arguments: [deliveryArgument],
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: deliveryMembers,
    async handler({ delivery_id: id }, { principal, nowMs, actor }) {
      await orgOf(dependencies, "deliveries", id as string, principal);
      const outcome = await dependencies.tenants.inTurn(scopeOf(principal), () =>
        dependencies.store.requeue(id as string, nowMs, actor),
      );
      check(outcome, id as string);
      dependencies.node.wake();
      return deliveryState(dependencies, id as string, principal);
    },
  };
}

export function cancelDelivery(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "cancel_delivery",
    description: "Cancels a pending delivery: no further attempt is made unless it is retried.",
    arguments: [deliveryArgument],
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: deliveryMembers,
    async handler({ delivery_id: id }, { principal, nowMs, actor }) {
      await orgOf(dependencies, "deliveries", id as string, principal);
      const outcome = await dependencies.tenants.inTurn(scopeOf(principal), () =>
        dependencies.store.cancel(id as string, nowMs, actor),
      );
      check(outcome, id as string);
      return deliveryState(dependencies, id as string, principal);
    },
  };
}

/** @throws PosthornError for every outcome except `changed`. */
function check(outcome: ChangeOutcome, delivery: string): void {
  switch (outcome) {
    case "changed":
      return;
    case "not_found":
      throw new PosthornError("PH_NOT_FOUND", { thing: "delivery", id: delivery });
    case "in_flight":
      throw new PosthornError("PH_DELIVERY_IN_FLIGHT", { delivery });
    case "refused":
      throw new PosthornError("PH_DELIVERY_STATUS", { delivery });
    case "payload_expired":
      throw new PosthornError("PH_PAYLOAD_EXPIRED", { delivery });
    case "endpoint_gone":
      throw new PosthornError("PH_ENDPOINT_GONE", { delivery });
  }
}

async function deliveryState(
  { tenants }: FunctionDependencies,
  id: string,
  principal: Principal,
): Promise<unknown> {
  const { rows } = await tenants.read(scopeOf(principal), (database) =>
    database.query(
      `select id, event_id, endpoint_id, status, attempts, next_retry_at
       from posthorn.webhook_deliveries where id = $1`,
      [id],
    ),
  );
  return rows[0];
}
