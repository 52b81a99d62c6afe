/** The operations that send messages again. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { deliveryId, uuidV7 } from "../../model/id.ts";
import { svixId } from "../../model/svix-id.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { endpointOf, findEndpoint } from "./endpoints.ts";
import { Refusal } from "./errors.ts";
import { Fields } from "./fields.ts";
import { findMessage } from "./messages.ts";

/** Sends a message to an endpoint again, or for the first time if the endpoint did not match it. */
async function resend(call: Call): Promise<Answer> {
  call.query.check();
  const app = await call.app();
  const { message, endpoint } = await call.read(app.id, async (database) => ({
    message: await findMessage(call, app.id, database, false),
    endpoint: await findEndpoint(call, app.id, database),
  }));
  const { tenants, store, replays, node } = call.dependencies;
  const { nowMs, by } = call.change;
  const ids = { eventId: message.id, endpointId: endpoint.id };
  const id = deliveryId(message.id, endpoint.id);
  const outcome = await tenants.inTurn(app.id, () => store.requeue(id, nowMs, by));
  switch (outcome) {
    case "changed":
      break;
    case "not_found":
      await tenants.inTurn(app.id, () =>
        replays.deliverOnce({ ...ids, orgId: app.id, deliveryId: id, atMs: nowMs, by }),
      );
      break;
    case "in_flight":
      throw new Refusal("conflict", "The message is being sent to the endpoint now. Try again.");
    case "refused":
      throw new Refusal("limit_reached", "The message was sent to the endpoint 255 times");
    case "payload_expired":
      throw new Refusal("missing_payload");
    case "endpoint_gone":
      throw new Refusal("not_found");
  }
  node.wake();
  return { status: 202, body: {} };
}

interface Range {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** The messages of a time: at most the last 14 days. */
function rangeOf(call: Call): Range {
  const body = Fields.parse(call.facts.bodyText);
  const sinceMs = body.time("since");
  const until = body.time("until") ?? null;
  if (sinceMs === null || (sinceMs === undefined && !body.has("since"))) {
    body.refuse("since", "field required", "value_error.missing");
  }
  const untilMs = until ?? call.nowMs + 1;
  if (typeof sinceMs === "number") {
    if (call.nowMs - sinceMs > limits.svixRecoverMsMax) {
      body.refuse("since", "it must be within the last 14 days");
    }
    if (sinceMs >= untilMs) body.refuse("until", "it must be after since");
  }
  body.check();
  return { sinceMs: sinceMs ?? 0, untilMs };
}

/** Starts a replay of the endpoint's messages in the background. */
async function startReplay(call: Call, status: "failed" | "missed", task: string): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const range = rangeOf(call);
  const { tenants, replays, node, random } = call.dependencies;
  const { nowMs, by } = call.change;
  const id = uuidV7(nowMs, random.bytes(10));
  await tenants
    .inTurn(app.id, () =>
      replays.start({
        id,
        orgId: app.id,
        endpointId: endpoint.id,
        status,
        eventType: null,
        ...range,
        atMs: nowMs,
        by,
      }),
    )
    .catch((error: unknown) => {
      const isRunning = error instanceof PosthornError && error.code === "PH_REPLAY_RUNNING";
      if (!isRunning) throw error;
      throw new Refusal("conflict", "The same task is already running. Wait until it is done.");
    });
  node.poller.announce({ hasReplays: true });
  const updatedAt = new Date(nowMs).toISOString();
  return { status: 202, body: { id: svixId("task", id), status: "running", task, updatedAt } };
}

const endpointPath = "/app/:app_id/endpoint/:endpoint_id";
const roles = ["manage"] as const;

export const deliveryOperations: readonly Operation[] = [
  {
    id: "message-attempt.resend",
    method: "POST",
    path: "/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend",
    roles,
    handle: resend,
  },
  {
    id: "endpoint.recover",
    method: "POST",
    path: `${endpointPath}/recover`,
    roles,
    handle: (call) => startReplay(call, "failed", "endpoint.recover"),
  },
  {
    id: "endpoint.replay-missing",
    method: "POST",
    path: `${endpointPath}/replay-missing`,
    roles,
    handle: (call) => startReplay(call, "missed", "endpoint.replay"),
  },
];
