/** The text that `posthorn dev` prints: the sample has arrived, and which commands to try next. */
import { printable } from "../../observe/printable.ts";
import type { ReceivedWebhook } from "./inbox.ts";

export interface Places {
  readonly url: string;
  readonly adminKey: string;
  readonly inboxUrl: string;
  readonly orgId: string;
  readonly endpointId: string;
}

export function sampleArrived(webhook: ReceivedWebhook | null, tookSeconds: number): string {
  if (webhook === null) {
    return "The sample event did not arrive in time. Call rpc/explain to find out why.\n";
  }
  const signature = webhook.verified
    ? "signature verified"
    : `NOT VERIFIED: ${printable(webhook.problem ?? "")}`;
  return [
    "",
    `A sample event arrived at the inbox, ${signature} (${tookSeconds.toFixed(1)} s after the start):`,
    "",
    `  POST ${printable(webhook.path)}`,
    ...Object.entries(webhook.headers)
      .filter(([name]) => name.startsWith("webhook-") || name.startsWith("x-"))
      .map(([name, value]) => printable(`  ${name}: ${value}`)),
    "",
    `  ${printable(webhook.body)}`,
    "",
  ].join("\n");
}

export function firstSteps(places: Places): string {
  const { url, adminKey, inboxUrl, orgId, endpointId } = places;
  const key = `-H 'apikey: ${adminKey}'`;
  const json = "-H 'content-type: application/json'";
  const endpoint = JSON.stringify({ org_id: orgId, url: `${inboxUrl}/inbox` });
  const event = JSON.stringify({
    org_id: orgId,
    event_type: "mission.completed",
    data: { mission_id: "m-1" },
  });
  return [
    `  Console    ${url}/        (sign in with the admin key)`,
    `  API        ${url}/rest/v1/`,
    `  API docs   ${url}/docs/api`,
    `  Docs       ${url}/docs/`,
    `  Inbox      ${inboxUrl}/        (what arrived)`,
    `  Admin key  ${adminKey}`,
    "",
    "Create an endpoint:",
    `  curl ${url}/rest/v1/webhook_endpoints ${key} ${json} -d '${endpoint}'`,
    "",
    "Publish an event:",
    `  curl ${url}/rest/v1/webhook_events ${key} ${json} -H 'prefer: return=representation' -d '${event}'`,
    "",
    "List failed deliveries:",
    `  curl '${url}/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}&status=eq.failed' ${key}`,
    "",
    "Ctrl-C stops everything. The next start uses the same data.",
  ].join("\n");
}
