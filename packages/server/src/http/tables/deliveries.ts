/** webhook_events, webhook_deliveries, webhook_attempts, webhook_replays. */
import { contractVersion } from "./contract-version.ts";
import { limits } from "../../limits.ts";
import type { Column, Resource } from "../rest/resource.ts";
import {
  impliedByAttemptId,
  impliedByCreatedAt,
  impliedByEventId,
  impliedByStatus,
} from "./implied.ts";

const readers = ["manage", "read"] as const;

const orgId: Column = { name: "org_id", type: "org", description: "The org it belongs to." };

function createdAt(table: string, description: string): Column {
  return {
    name: "created_at",
    type: "timestamptz",
    description,
    orderAs: ["id"],
    implies: impliedByCreatedAt(table),
  };
}

export const webhookEvents: Resource = {
  name: "webhook_events",
  relation: "posthorn.webhook_events",
  description:
    "Events: something that happened, published once. An event is stored even if it matches no " +
    "endpoint.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: readers, insert: ["publish"] },
  mayPublishForAll: true,
  idempotencyColumn: "idempotency_key",
  insertHeaders: [
    {
      name: "posthorn-event-id",
      description: "The event's id. Only in responses to a request with one event.",
      valueOf: ({ key }) => key,
    },
    {
      name: "posthorn-duplicate",
      description:
        "true if the event had been published before with the same idempotency key or " +
        "external_id, so that nothing was stored; otherwise false. Only in responses to a " +
        "request with one event.",
      valueOf: ({ shownOnce }) => String(shownOnce?.["is_duplicate"] === true),
    },
  ],
  columns: [
    {
      name: "id",
      type: "uuid",
      description: "The event's id: the `webhook-id` of its deliveries if it has no external_id.",
    },
    { ...orgId, writable: "insert", isRequired: true },
    {
      name: "event_type",
      type: "text",
      description: "The event's type: a name in webhook_event_types.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "timestamp",
      type: "timestamptz",
      description: "When the event happened. Default: now.",
      writable: "insert",
    },
    {
      name: "data",
      type: "json",
      description: "The event's data, byte for byte as it was published; null if it was expunged.",
      writable: "insert",
      isKeptAsText: true,
      isRequired: true,
    },
    {
      name: "endpoints_matched",
      type: "integer",
      description: "The number of endpoints that the event is sent to, or 0.",
    },
    {
      name: "endpoints_pending",
      type: "integer",
      description: "The number of deliveries that have not been created yet.",
    },
    {
      name: "idempotency_key",
      type: "text",
      description:
        "A key of 1 to 256 characters. Publishing again with the same key stores nothing again.",
      isNullable: true,
      charsMin: 1,
      charsMax: limits.idempotencyKeyCharsMax,
      writable: "insert",
    },
    {
      name: "external_id",
      type: "text",
      description:
        "Your own id of the event: 1 to 256 visible ASCII characters, with spaces inside. It is " +
        "unique in the org for as long as the event is kept. If the same event is published " +
        "again with the same id, it is not stored again.",
      isNullable: true,
      isExternalId: true,
      isInHeaders: true,
      writable: "insert",
    },
    {
      name: "channels",
      type: "text[]",
      description: "Up to 10 channels. Endpoints with channels only get events with one of them.",
      isNullable: true,
      writable: "insert",
    },
    {
      name: "tags",
      type: "text[]",
      description: "Up to 10 texts to find the event by. Endpoints do not get them.",
      isNullable: true,
      writable: "insert",
    },
    {
      name: "schema_warning",
      type: "text",
      description: "How the data violates the type's schema, if schema_check is warn.",
      isNullable: true,
    },
    createdAt("webhook_events", "When the event was published."),
    {
      name: "is_duplicate",
      type: "boolean",
      description:
        "Whether the event had been published before with the same idempotency key or " +
        "external_id. Only in the response to a publish whose select names it.",
      isShownOnce: true,
      isShownOnRequest: true,
    },
  ],
};

export const webhookDeliveries: Resource = {
  name: "webhook_deliveries",
  relation: "posthorn.webhook_deliveries",
  description:
    "Deliveries: one event for one endpoint. A dead letter is a delivery whose status is failed.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: readers },
  columns: [
    { name: "id", type: "uuid", description: "The delivery." },
    { name: "endpoint_id", type: "uuid", description: "The endpoint." },
    { name: "event_type", type: "text", description: "The event's type." },
    {
      name: "payload",
      type: "json",
      description: "The request body that is sent to the endpoint.",
    },
    {
      name: "status",
      type: "text",
      description:
        "The delivery's status: pending, delivered, failed (a dead letter) or cancelled.",
      implies: impliedByStatus,
    },
    {
      name: "response_status",
      type: "integer",
      description: "The HTTP status of the latest attempt; null if it got no response.",
      isNullable: true,
    },
    { name: "attempts", type: "integer", description: "The number of attempts so far." },
    {
      name: "next_retry_at",
      type: "timestamptz",
      description: "When the next attempt is due.",
      isNullable: true,
    },
    createdAt("webhook_deliveries", "When the event was published."),
    { name: "event_id", type: "uuid", description: "The event.", implies: impliedByEventId },
    orgId,
    {
      name: "error",
      type: "text",
      description: "Why the latest attempt got no response.",
      isNullable: true,
    },
    {
      name: "last_attempt_at",
      type: "timestamptz",
      description: "When the latest attempt was made.",
      isNullable: true,
    },
    {
      name: "failed_at",
      type: "timestamptz",
      description: "When the delivery became a dead letter.",
      isNullable: true,
    },
  ],
};

export const webhookAttempts: Resource = {
  name: "webhook_attempts",
  relation: "posthorn.webhook_attempts",
  description: "Attempts: one HTTP exchange for a delivery.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: readers },
  columns: [
    {
      name: "id",
      type: "uuid",
      description: "The attempt.",
      implies: impliedByAttemptId,
      orderAs: ["delivery_id", "number"],
    },
    { name: "delivery_id", type: "uuid", description: "The delivery." },
    { name: "number", type: "integer", description: "The attempt's number, starting with 1." },
    { name: "endpoint_id", type: "uuid", description: "The endpoint." },
    { name: "event_id", type: "uuid", description: "The event." },
    orgId,
    {
      name: "response_status",
      type: "integer",
      description: "The HTTP status; null if there was no response.",
      isNullable: true,
    },
    {
      name: "succeeded",
      type: "boolean",
      description: "Whether the response counted as delivered, by the contract's success rules.",
    },
    {
      name: "error",
      type: "text",
      description:
        "Why there was no response: address, dns, connect, tls, timeout, closed, protocol, " +
        "no_terminal, transformation, cancelled, internal.",
      isNullable: true,
    },
    {
      name: "error_message",
      type: "text",
      description: "A description of the error.",
      isNullable: true,
    },
    {
      name: "response_headers",
      type: "json",
      description: "The response's headers, with names in lower case.",
      isNullable: true,
    },
    {
      name: "response_body",
      type: "text",
      description: "The first 16 KiB of the response's body.",
      isNullable: true,
    },
    {
      name: "response_body_cut",
      type: "boolean",
      description: "Whether the response's body was longer and was truncated.",
    },
    {
      name: "remote_address",
      type: "text",
      description: "The IP address that the request was sent to.",
      isNullable: true,
    },
    {
      name: "duration_ms",
      type: "integer",
      description: "How long the attempt took, in milliseconds.",
    },
    {
      name: "dns_ms",
      type: "numeric",
      description: "How long DNS resolution took, in milliseconds; null if the name was cached.",
      isNullable: true,
    },
    {
      name: "wait_ms",
      type: "numeric",
      description: "How long the attempt waited for a free connection, in milliseconds.",
      isNullable: true,
    },
    {
      name: "connect_ms",
      type: "numeric",
      description: "How long opening the connection took, in milliseconds; null if it was reused.",
      isNullable: true,
    },
    {
      name: "tls_ms",
      type: "numeric",
      description:
        "How long the TLS handshake took, in milliseconds; null if the connection was reused.",
      isNullable: true,
    },
    {
      name: "first_byte_ms",
      type: "numeric",
      description: "How long it took from the open connection to the status line, in milliseconds.",
      isNullable: true,
    },
    {
      name: "resent",
      type: "boolean",
      description:
        "Whether the request was sent again on a new connection, because the receiver closed a " +
        "reused connection before the first byte of its response.",
    },
    contractVersion,
    {
      name: "trigger",
      type: "text",
      description: "What caused the attempt: schedule, or manual for a retry or replay.",
    },
    { name: "attempted_at", type: "timestamptz", description: "When the attempt was made." },
  ],
};

export const webhookReplays: Resource = {
  name: "webhook_replays",
  relation: "posthorn.webhook_replays",
  description: "Replays started with rpc/replay, and their progress.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: readers },
  columns: [
    { name: "id", type: "uuid", description: "The replay." },
    orgId,
    { name: "endpoint_id", type: "uuid", description: "The endpoint." },
    {
      name: "since",
      type: "timestamptz",
      description: "Only events published at or after this time.",
      isNullable: true,
    },
    { name: "until", type: "timestamptz", description: "Only events published before this time." },
    {
      name: "status",
      type: "text",
      description:
        "Which deliveries the replay sends again: failed, delivered, cancelled or missed.",
    },
    {
      name: "event_type",
      type: "text",
      description: "Only events of this type.",
      isNullable: true,
    },
    { name: "state", type: "text", description: "The replay's state: running, done or cancelled." },
    {
      name: "total",
      type: "integer",
      description:
        "The number of deliveries at the start of the replay. Null while the replay is running " +
        "if counting its deliveries would take too long.",
      isNullable: true,
    },
    {
      name: "replayed",
      type: "integer",
      description: "The number of deliveries that the replay has made due so far.",
    },
    createdAt("webhook_replays", "When the replay started."),
    {
      name: "finished_at",
      type: "timestamptz",
      description: "When it ended.",
      isNullable: true,
    },
  ],
};

export const webhookErasures: Resource = {
  name: "webhook_erasures",
  relation: "posthorn.webhook_erasures",
  description: "Erasures of orgs, started by rpc/erase_org.",
  primaryKey: "org_id",
  orgColumn: null,
  defaultOrder: "asc",
  operations: { read: [] },
  columns: [
    { name: "org_id", type: "org", textColumn: "external_id", description: "The erased org." },
    { name: "state", type: "text", description: "running or done." },
    { name: "rows_erased", type: "integer", description: "The number of rows erased so far." },
    { name: "requested_at", type: "timestamptz", description: "When it was requested." },
    { name: "finished_at", type: "timestamptz", description: "When it ended.", isNullable: true },
  ],
};
