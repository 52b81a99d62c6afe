/** Summaries and examples of the functions, for the API reference. */
import type { FunctionReference } from "../rest/schema.ts";
import { groups } from "./groups.ts";
import {
  attemptId,
  deliveryId,
  earlier,
  endpointId,
  eventId,
  eventType,
  later,
  linkId,
  now,
  orgId,
  replayId,
  secret,
  url,
} from "./values.ts";

const delivery = {
  id: deliveryId,
  event_id: eventId,
  endpoint_id: endpointId,
};

const contracts: Readonly<Record<string, FunctionReference>> = {
  preview_contract: {
    group: groups.eventTypes.name,
    summary: "Preview a contract",
    arguments: { contract: "github-like", event_type: eventType, secrets: { main: "a secret" } },
    result: {
      method: "POST",
      url: "https://example.com/webhooks",
      headers: [{ name: "x-event", value: eventType }],
      body: '{"scan_id":"s-1"}',
      secrets: { main: "a secret" },
    },
  },
};

const endpoints: Readonly<Record<string, FunctionReference>> = {
  rotate_secret: {
    group: groups.endpoints.name,
    summary: "Rotate an endpoint's secret",
    arguments: { endpoint_id: endpointId, overlap_seconds: 86_400 },
    result: {
      endpoint_id: endpointId,
      secret,
      previous_secret_expires_at: later,
      secret_warning: null,
      secret_switches_at: null,
    },
  },
  switch_secret: {
    group: groups.endpoints.name,
    summary: "Finish or cancel a scheduled rotation",
    arguments: { endpoint_id: endpointId },
    result: { endpoint_id: endpointId },
  },
  endpoint_secrets: {
    group: groups.endpoints.name,
    summary: "List an endpoint's secrets without their values",
    arguments: { endpoint_id: endpointId },
    result: { name: "main", created_at: now, switches_at: null, expires_at: later },
  },
  send_test: {
    group: groups.endpoints.name,
    summary: "Send a test event",
    arguments: { endpoint_id: endpointId, event_type: eventType },
    result: { event_id: eventId, event_type: eventType, endpoint_id: endpointId },
  },
  import_svix_endpoint: {
    group: groups.endpoints.name,
    summary: "Import an endpoint of a Svix server",
    arguments: { org_id: orgId, svix_id: "ep_2h3bQ8GpQWZkJ4oV1mLxS7cNtYd", url, secret },
    result: { endpoint_id: endpointId, is_new: true },
  },
  answer_terminal: {
    group: groups.endpoints.name,
    summary: "Answer a delivery as a terminal",
    arguments: {
      token: "Zm9yIHRoaXMgc2Vzc2lvbiBvZiB0aGUgdGVybWluYWw",
      attempt_token: "5f0c2a41-93d7-4b0e-8a26-1d7e9c3b6f58",
      response_status: 200,
    },
    result: { is_accepted: true },
  },
  check_endpoint_url: {
    group: groups.endpoints.name,
    summary: "Check a URL before you create an endpoint",
    arguments: { url: "https://127.0.0.1/webhooks" },
    result: {
      is_allowed: false,
      url: null,
      code: "PH_URL_ADDRESS",
      message: "The URL's address is not allowed.",
      hint: "Use a public address, or ask the operator to add its range to POSTHORN_ALLOW_CIDRS.",
    },
  },
};

const deliveries: Readonly<Record<string, FunctionReference>> = {
  retry_delivery: {
    group: groups.deliveries.name,
    summary: "Retry a delivery now",
    arguments: { delivery_id: deliveryId },
    result: { ...delivery, status: "pending", attempts: 5, next_retry_at: now },
  },
  cancel_delivery: {
    group: groups.deliveries.name,
    summary: "Cancel a pending delivery",
    arguments: { delivery_id: deliveryId },
    result: { ...delivery, status: "cancelled", attempts: 1, next_retry_at: null },
  },
  explain: {
    group: groups.deliveries.name,
    summary: "Explain why an event did or did not arrive",
    arguments: { event_id: eventId },
    result: {
      endpoint_id: endpointId,
      url,
      verdict: "waiting",
      reason:
        "The next attempt is due at 2026-11-23T03:37:47.645Z. 1 attempt failed; the last with " +
        "status 500.",
      delivery_id: deliveryId,
      attempts: 1,
      response_status: 500,
      next_retry_at: later,
    },
  },
  test_filter: {
    group: groups.endpoints.name,
    summary: "Test a filter with data or an event",
    arguments: { filter: { amount: { $gt: 10 } }, data: { amount: 5 } },
    result: { is_match: false, reason: "data.amount is 5, the filter wants > 10" },
  },
  test_transformation: {
    group: groups.endpoints.name,
    summary: "Test a transformation with data or an event",
    arguments: {
      transformation: "(event) => ({ data: { total: event.data.amount } })",
      data: { amount: 5 },
    },
    result: { outcome: "shaped", data: { total: 5 }, headers: {}, reason: null, line: null },
  },
  sent_request: {
    group: groups.deliveries.name,
    summary: "Show the exact request of an attempt",
    arguments: { attempt_id: attemptId },
    result: {
      attempt_id: attemptId,
      method: "POST",
      url,
      headers: [
        ["content-type", "application/json"],
        ["webhook-id", eventId],
        ["webhook-timestamp", "1795404007"],
        ["webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="],
      ],
      body: `{"type":"${eventType}","timestamp":"2026-11-23T03:36:47.645Z","data":{}}`,
      redacted: [],
      is_exact: true,
      note: null,
    },
  },
};

const replays: Readonly<Record<string, FunctionReference>> = {
  replay: {
    group: groups.replays.name,
    summary: "Start a replay, or count its deliveries",
    arguments: { endpoint_id: endpointId, status: "failed", since: earlier, dry_run: true },
    result: { id: null, dry_run: true, state: null, total: 1204 },
  },
  cancel_replay: {
    group: groups.replays.name,
    summary: "Cancel a replay",
    arguments: { replay_id: replayId },
    result: { id: replayId, state: "cancelled", total: 1204, replayed: 300 },
  },
};

const orgs: Readonly<Record<string, FunctionReference>> = {
  import_svix_application: {
    group: groups.orgs.name,
    summary: "Import an application of a Svix server",
    arguments: { svix_id: "app_2h3bQ8GpQWZkJ4oV1mLxS7cNtYd", uid: "cus_123", name: "Globex" },
    result: { org_id: "cus_123", is_new: true },
  },
  erase_org: {
    group: groups.orgs.name,
    summary: "Erase all data of an org",
    arguments: { org_id: orgId },
    result: { org_id: orgId, state: "running", rows_erased: 0 },
  },
  portal_link: {
    group: groups.orgs.name,
    summary: "Create a portal link",
    arguments: { org_id: orgId, expires_in_seconds: 600 },
    result: {
      id: linkId,
      org_id: orgId,
      url: "https://webhooks.example.com/portal#0123456789abcdef",
      expires_at: later,
    },
  },
};

const monitoring: Readonly<Record<string, FunctionReference>> = {
  delivery_statistics: {
    group: groups.monitoring.name,
    summary: "Count attempts over time",
    arguments: { endpoint_id: endpointId, resolution_seconds: 60 },
    result: {
      at: earlier,
      attempts: 1200,
      delivered: 1188,
      failed_attempts: 12,
      dead_letters: 1,
      p50_ms: 41.5,
      p95_ms: 120,
      p99_ms: 310.2,
    },
  },
  endpoint_health: {
    group: groups.monitoring.name,
    summary: "List endpoints, the least healthy first",
    arguments: { since: earlier },
    result: {
      endpoint_id: endpointId,
      org_id: orgId,
      org_name: "Acme Clinic",
      url,
      description: "Production",
      is_active: true,
      inactive_reason: null,
      failing_since: null,
      deleted_at: null,
      attempts: 1200,
      failed_attempts: 12,
      dead_letters: 1,
      last_delivered_at: now,
      last_failed_at: earlier,
      oldest_due_at: null,
    },
  },
  overview: {
    group: groups.monitoring.name,
    summary: "Count due deliveries, dead letters and endpoints",
    arguments: { org_id: orgId },
    result: {
      oldest_due_at: null,
      deliveries_due: 0,
      deliveries_due_is_bounded: false,
      dead_letters: 1,
      dead_letters_is_bounded: false,
      endpoints_active: 3,
      endpoints_failing: 0,
      endpoints_inactive: 0,
      nodes: 1,
      in_flight: null,
    },
  },
};

export const functions: Readonly<Record<string, FunctionReference>> = {
  ...contracts,
  ...endpoints,
  ...deliveries,
  ...replays,
  ...orgs,
  ...monitoring,
};
