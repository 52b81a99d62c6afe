/** The operations that Posthorn does not have, each with the reason. */
import { hostedGroups, type HostedGroup, type HostedOperation } from "./hosted.ts";
import { svixOperations } from "./operations.ts";

const streams = "Posthorn has no streams";
const ingest = "Posthorn does not receive webhooks";
const tokens =
  "Tokens cannot be revoked one by one; they end when they expire, when their application is " +
  "deleted, or all at once with another POSTHORN_SVIX_JWT_SECRET";
const polling = "Posthorn has no polling endpoints";
const connectors = "Posthorn has no connectors";
const transformations =
  "Transformations have another form here: PATCH /rest/v1/webhook_endpoints sets one";
const management = "Posthorn is configured by its environment variables and its own API";

/** Why Posthorn has none of the missing operations of a group. */
const reasonsOfGroups: Readonly<Record<HostedGroup, string>> = {
  Authentication: tokens,
  "Stream Authentication": streams,
  Application: "Posthorn's own API has statistics: POST /rest/v1/rpc/overview",
  Endpoint: "Posthorn does not have this operation of Svix's hosted service",
  "Webhooks AutoConfig": "Posthorn has no automatic configuration of endpoints",
  "Event Type": "Posthorn does not have this operation of Svix's hosted service",
  Environment: management,
  "Environment-Settings": management,
  Organization: management,
  Message: "Posthorn does not have this operation of Svix's hosted service",
  "Message Attempt": "Posthorn does not have this operation of Svix's hosted service",
  Statistics: "Posthorn's own API has statistics: POST /rest/v1/rpc/delivery_statistics",
  Integration: "Posthorn's own API creates keys for an org: POST /rest/v1/api_keys",
  "Background Task": "",
  Destination: streams,
  "Stream Event Type": streams,
  Event: streams,
  Sink: streams,
  Stream: streams,
  "Webhook Endpoint": "Posthorn publishes its own events: POSTHORN_OPERATIONAL_ORG",
  "Webhook Sink": streams,
  Connector: connectors,
  Broadcast: "Publish the message to each application",
  Events: streams,
  Inbound: ingest,
  Health: "",
  "Ingest Source": ingest,
  "Ingest Logs": ingest,
  "Ingest Endpoint": ingest,
};

/** Reasons that differ from the group's. */
const reasons: Readonly<Record<string, string>> = {
  "application.patch-alert-email": "Posthorn sends no emails",
  "authentication.rotate-poller-token": polling,
  "authentication.get-poller-token": polling,
  "endpoint.get_connector": connectors,
  "endpoint.transformation.get": transformations,
  "endpoint.transformation.patch": transformations,
  "endpoint.transformation.simulate": transformations,
  "message.precheck": "Publish the message; without a matching endpoint nothing is sent",
  "message.events": streams,
  "message.get-raw-payload": "Every payload is JSON; get the message instead",
  "message.poller.poll": polling,
  "message.poller.consumer-seek": polling,
  "message.poller.consumer-poll": polling,
  "message.pollerv2.consumer-poll": polling,
  "message.pollerv2.consumer-commit": polling,
};

export interface MissingOperation extends HostedOperation {
  readonly group: HostedGroup;
  readonly reason: string;
}

/** The operations whose paths are below `/ingest/api/v1`. */
export const isIngest = (group: HostedGroup): boolean => group.startsWith("Ingest");

const existing = new Set([...svixOperations.map(({ id }) => id), "health.get"]);

export const missingOperations: readonly MissingOperation[] = [...hostedGroups].flatMap(
  ([group, operations]) =>
    operations
      .filter(({ id }) => !existing.has(id))
      .map(({ id, method, path }) => {
        const reason = `${reasons[id] ?? reasonsOfGroups[group]}.`;
        return { id, method, path, group, reason };
      }),
);

/** Finds a missing operation. HEAD counts as GET, and a slash at the path's end is ignored. */
export function missingOperation(
  isBelowIngest: boolean,
  method: string,
  path: string,
): MissingOperation | undefined {
  const segments = path.replace(/\/$/, "").split("/");
  return missingOperations.find(
    (each) =>
      isIngest(each.group) === isBelowIngest &&
      each.method === (method === "HEAD" ? "GET" : method) &&
      hasForm(segments, each.path.split("/")),
  );
}

function hasForm(segments: readonly string[], form: readonly string[]): boolean {
  if (segments.length !== form.length) return false;
  return form.every((part, index) =>
    part.startsWith(":") ? segments[index] !== "" : segments[index] === part,
  );
}
