/**
 * The text that `posthorn dev` prints: that the sample has arrived, and which commands to try next.
 */
import { printable } from "../../observe/printable.ts";
import type { ReceivedWebhook } from "./inbox.ts";
import type { SampleEvent } from "./sample.ts";

export interface Places {
  readonly url: string;
  readonly adminKey: string;
  readonly inboxUrl: string;
  readonly orgId: string;
  readonly endpointId: string;
  /** The event that the text publishes; null if the catalogue has no event type of a preset. */
  readonly event: SampleEvent | null;
  /** A sentence that says which presets are loaded. */
  readonly presets: string;
  /** The file with the key of a database of one's own; null if the key needs no mention. */
  readonly encryptionKeyFile: string | null;
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

/** The event type that the text suggests if the installation has none. */
const ownType = { name: "invoice.paid", description: "An invoice was paid" };
const ownEvent: SampleEvent = { type: ownType.name, dataJson: '{"invoice_id":"in-1"}' };

export function firstSteps(places: Places): string {
  const { url, adminKey, inboxUrl, orgId, endpointId, presets, encryptionKeyFile } = places;
  const event = places.event ?? ownEvent;
  const key = `-H 'apikey: ${adminKey}'`;
  const post = (table: string, body: string, prefer?: string): string => {
    const headers = `-H 'content-type: application/json'`;
    const more = prefer === undefined ? "" : ` -H 'prefer: ${prefer}'`;
    return `  curl ${url}/rest/v1/${table} ${key} ${headers}${more} -d ${quoted(body)}`;
  };
  const type = JSON.stringify(event.type);
  const published = `{"org_id":"${orgId}","event_type":${type},"data":${event.dataJson}}`;
  const createType = [
    "Create an event type:",
    post("webhook_event_types", JSON.stringify(ownType), "resolution=merge-duplicates"),
    "",
  ];
  return [
    `  Console    ${url}/        (sign in with the admin key)`,
    `  API        ${url}/rest/v1/`,
    `  API docs   ${url}/docs/api`,
    `  Docs       ${url}/docs/        (from a checkout, ready in about a minute)`,
    `  Inbox      ${inboxUrl}/        (what arrived)`,
    `  Admin key  ${adminKey}`,
    "",
    `  ${presets}`,
    ...(encryptionKeyFile === null ? [] : [`  ${keyNote(encryptionKeyFile)}`]),
    "",
    ...(places.event === null ? createType : []),
    "Create an endpoint:",
    post("webhook_endpoints", JSON.stringify({ org_id: orgId, url: `${inboxUrl}/inbox` })),
    "",
    "Publish an event:",
    post("webhook_events", published, "return=representation"),
    "",
    "List failed deliveries:",
    `  curl '${url}/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}&status=eq.failed' ${key}`,
    "",
    "Ctrl-C stops everything. The next start uses the same data.",
  ].join("\n");
}

function keyNote(file: string): string {
  return (
    `Your database's secrets are encrypted with the key in ${printable(file)}. ` +
    "Set POSTHORN_ENCRYPTION_KEY to it for posthorn serve."
  );
}

/**
 * Quotes a text as one word of a shell. An operator may have changed the example in the catalogue.
 */
function quoted(text: string): string {
  return `'${printable(text).replaceAll("'", String.raw`'\''`)}'`;
}
