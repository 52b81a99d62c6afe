/** Summaries and examples of the tables, for the API reference. */
import type { TableReference } from "../rest/schema.ts";
import { groups } from "./groups.ts";
import {
  attemptId,
  auditId,
  data,
  deliveryId,
  earlier,
  endpointId,
  eventId,
  eventType,
  keyId,
  later,
  now,
  orgId,
  replayId,
  secret,
  url,
} from "./values.ts";

const webhookOrgs: TableReference = {
  group: groups.orgs.name,
  summaries: {
    read: "List orgs",
    insert: "Create an org",
    update: "Rename an org",
  },
  row: {
    id: orgId,
    name: "Acme Clinic",
    tags: ["enterprise"],
    feature_flags: ["beta"],
    contracts: ["acme"],
    created_at: earlier,
  },
  insert: { id: orgId, name: "Acme Clinic", tags: ["enterprise"] },
  update: { name: "Acme Clinics" },
};

const webhookEventTypes: TableReference = {
  group: groups.eventTypes.name,
  summaries: {
    read: "List event types",
    insert: "Create an event type",
    update: "Change an event type",
    delete: "Delete an event type",
  },
  row: {
    name: eventType,
    description: "A scan is complete.",
    schema: { type: "object", required: ["scan_id"] },
    example: data,
    schema_check: "refuse",
    group_name: "scans",
    is_deprecated: false,
    feature_flag: null,
    created_at: earlier,
    updated_at: earlier,
  },
  insert: {
    name: eventType,
    description: "A scan is complete.",
    schema: { type: "object", required: ["scan_id"] },
    example: data,
  },
  update: { schema_check: "warn" },
};

/** A contract that sends the data alone and signs it as Stripe does. */
const acme = {
  name: "acme",
  title: "Acme",
  description: "The webhooks of Acme.",
  body: "{event.data}",
  headers: { "acme-signature": "t={attempt.timestamp_seconds},{signature.v1}" },
  signatures: {
    v1: {
      content: "{attempt.timestamp_seconds}.{body}",
      form: "v1={signature}",
      separator: ",",
    },
  },
  retry: { schedule: "0s,5m,1h then every 12h until 3d" },
  timeoutMs: 15_000,
};

const webhookContracts: TableReference = {
  group: groups.eventTypes.name,
  summaries: {
    read: "List contracts",
    insert: "Store a contract",
    update: "Change a contract",
    delete: "Delete a contract",
  },
  row: {
    name: "acme",
    title: "Acme",
    description: "The webhooks of Acme.",
    document: acme,
    origin: "api",
    version: 15,
    updated_at: earlier,
  },
  insert: { name: "acme", document: acme },
  update: { document: { ...acme, timeoutMs: 10_000 } },
};

const webhookContractVersions: TableReference = {
  group: groups.eventTypes.name,
  summaries: { read: "List versions of contracts" },
  row: {
    id: 15,
    name: "acme",
    document: acme,
    sender_version: "0.1.0",
    created_at: earlier,
  },
};

const webhookEndpoints: TableReference = {
  group: groups.endpoints.name,
  summaries: {
    read: "List endpoints",
    insert: "Create an endpoint",
    update: "Change an endpoint",
    delete: "Delete an endpoint",
  },
  row: {
    id: endpointId,
    external_id: null,
    org_id: orgId,
    destination: "http",
    url,
    is_connected: null,
    events: [eventType],
    channels: null,
    filter: { priority: { $in: ["high", "urgent"] } },
    transformation: null,
    paused_until: null,
    retry_schedule: null,
    timeout_seconds: null,
    final_statuses: null,
    secret,
    secrets: null,
    secret_warning: null,
    is_active: true,
    inactive_reason: null,
    inactive_since: null,
    failing_since: null,
    contract: "standard",
    description: "Production",
    headers: {},
    in_flight_max: 16,
    rate_per_second: null,
    previous_secret_expires_at: null,
    secret_switches_at: null,
    created_at: earlier,
    updated_at: earlier,
  },
  insert: { org_id: orgId, url, events: [eventType] },
  update: { is_active: false },
};

const webhookEvents: TableReference = {
  group: groups.deliveries.name,
  summaries: { read: "List events", insert: "Publish an event" },
  groupOfInsert: groups.publish.name,
  row: {
    id: eventId,
    org_id: orgId,
    event_type: eventType,
    timestamp: now,
    data,
    endpoints_matched: 1,
    endpoints_pending: 0,
    idempotency_key: "scan-42",
    external_id: "evt_42",
    channels: ["site:berlin"],
    tags: null,
    schema_warning: null,
    created_at: now,
  },
  insert: { org_id: orgId, event_type: eventType, data, idempotency_key: "scan-42" },
};

const webhookDeliveries: TableReference = {
  group: groups.deliveries.name,
  summaries: { read: "List deliveries" },
  row: {
    id: deliveryId,
    endpoint_id: endpointId,
    event_type: eventType,
    payload: { type: eventType, timestamp: "2026-11-23T03:36:47.645Z", data },
    status: "pending",
    response_status: 500,
    attempts: 1,
    next_retry_at: later,
    created_at: now,
    event_id: eventId,
    org_id: orgId,
    error: null,
    last_attempt_at: now,
    failed_at: null,
  },
};

const webhookAttempts: TableReference = {
  group: groups.deliveries.name,
  summaries: { read: "List attempts" },
  row: {
    id: attemptId,
    delivery_id: deliveryId,
    number: 1,
    endpoint_id: endpointId,
    event_id: eventId,
    org_id: orgId,
    response_status: 500,
    succeeded: false,
    error: null,
    error_message: null,
    response_headers: { "content-type": "text/plain" },
    response_body: "database unavailable",
    response_body_cut: false,
    remote_address: "203.0.113.10",
    duration_ms: 87,
    dns_ms: 3.1,
    wait_ms: 0,
    connect_ms: 21.4,
    tls_ms: 24.9,
    first_byte_ms: 36.2,
    resent: false,
    contract_version: 15,
    trigger: "schedule",
    attempted_at: now,
  },
};

const webhookReplays: TableReference = {
  group: groups.replays.name,
  summaries: { read: "List replays" },
  row: {
    id: replayId,
    org_id: orgId,
    endpoint_id: endpointId,
    since: earlier,
    until: now,
    status: "failed",
    event_type: null,
    state: "running",
    total: 1204,
    replayed: 300,
    created_at: now,
    finished_at: null,
  },
};

const webhookErasures: TableReference = {
  group: groups.orgs.name,
  summaries: { read: "List erasures" },
  row: {
    org_id: orgId,
    state: "done",
    rows_erased: 48210,
    requested_at: earlier,
    finished_at: now,
  },
};

const webhookAudit: TableReference = {
  group: groups.monitoring.name,
  summaries: { read: "List audit entries" },
  row: {
    id: auditId,
    created_at: now,
    org_id: orgId,
    actor_kind: "api_key",
    actor_id: keyId,
    actor_name: "Settings page",
    action: "endpoint.updated",
    subject_kind: "endpoint",
    subject_id: endpointId,
    changes: { is_active: { from: true, to: false } },
    remote_address: "203.0.113.20",
  },
};

const apiKeys: TableReference = {
  group: groups.orgs.name,
  summaries: {
    read: "List API keys",
    insert: "Create an API key",
    delete: "Delete an API key",
  },
  row: {
    id: keyId,
    org_id: orgId,
    name: "Settings page",
    role: "manage",
    key: "phk_0000000000000000000000000000000000000000000",
    key_hint: "phk_0000",
    created_at: earlier,
    expires_at: null,
    last_used_at: null,
  },
  insert: { org_id: orgId, name: "Settings page", role: "manage" },
};

export const tables: Readonly<Record<string, TableReference>> = {
  webhook_orgs: webhookOrgs,
  webhook_event_types: webhookEventTypes,
  webhook_contracts: webhookContracts,
  webhook_contract_versions: webhookContractVersions,
  webhook_endpoints: webhookEndpoints,
  webhook_events: webhookEvents,
  webhook_deliveries: webhookDeliveries,
  webhook_attempts: webhookAttempts,
  webhook_replays: webhookReplays,
  webhook_erasures: webhookErasures,
  webhook_audit: webhookAudit,
  api_keys: apiKeys,
};
