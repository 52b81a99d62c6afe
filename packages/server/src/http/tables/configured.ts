/** webhook_orgs, webhook_event_types, webhook_endpoints, webhook_contracts. */
import type { Column, Resource } from "../rest/resource.ts";

const readers = ["manage", "read"] as const;
const everyone = ["manage", "publish", "read"] as const;

const createdAt: Column = {
  name: "created_at",
  type: "timestamptz",
  description: "When it was created.",
};
const updatedAt: Column = {
  name: "updated_at",
  type: "timestamptz",
  description: "When it was last changed.",
};

export const webhookOrgs: Resource = {
  name: "webhook_orgs",
  relation: "posthorn.webhook_orgs",
  description: "Orgs: the platform's customers. The platform chooses their ids.",
  primaryKey: "id",
  orgColumn: "id",
  defaultOrder: "asc",
  operations: { read: readers, insert: [], update: [] },
  canUpsert: true,
  columns: [
    {
      name: "id",
      type: "org",
      textColumn: "external_id",
      description:
        "The org's id, chosen by the platform: any text of 1 to 256 characters without control " +
        "characters.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "name",
      type: "text",
      description: "A name for people.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "tags",
      type: "text[]",
      description: "Up to 10 texts to find the org by, e.g. its plan.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "feature_flags",
      type: "text[]",
      description:
        "The feature flags of the org, up to 50: it sees the event types that need them.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "contracts",
      type: "text[]",
      description:
        "The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for " +
        "new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the " +
        "default.",
      isNullable: true,
      writable: "insert and update",
    },
    createdAt,
  ],
};

export const webhookEventTypes: Resource = {
  name: "webhook_event_types",
  relation: "posthorn.webhook_event_types",
  relationForOrgs: "posthorn.webhook_event_types_of_org",
  description: "The catalogue of event types.",
  primaryKey: "name",
  orgColumn: null,
  defaultOrder: "asc",
  operations: { read: everyone, insert: [], update: [], delete: [] },
  canUpsert: true,
  columns: [
    {
      name: "name",
      type: "text",
      description:
        "Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, " +
        "orders/create, repo:push, Push Hook.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "description",
      type: "text",
      description: "What an event of this type means.",
      writable: "insert and update",
    },
    {
      name: "schema",
      type: "json",
      description: "A JSON Schema for the event's data (2020-12 or draft-07).",
      isNullable: true,
      writable: "insert and update",
      isKeptAsText: true,
    },
    {
      name: "example",
      type: "json",
      description: "An example of the event's data. It must match the schema.",
      isNullable: true,
      writable: "insert and update",
      isKeptAsText: true,
    },
    {
      name: "schema_check",
      type: "text",
      description:
        "What Posthorn does with an event whose data does not match the schema: refuse (the " +
        "default) rejects it, and warn stores it with a warning.",
      writable: "insert and update",
    },
    {
      name: "group_name",
      type: "text",
      description: "The group of the type. Endpoints can subscribe to it as @ and its name.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "is_deprecated",
      type: "boolean",
      description: "Whether customers should no longer use the type. It is still delivered.",
      writable: "insert and update",
    },
    {
      name: "feature_flag",
      type: "text",
      description:
        "The feature flag that an org needs to see and get the type. null: every org. Keys of " +
        "orgs see null.",
      isNullable: true,
      writable: "insert and update",
    },
    createdAt,
    updatedAt,
  ],
};

export const webhookEndpoints: Resource = {
  name: "webhook_endpoints",
  relation: "posthorn.webhook_endpoints",
  relationForReaders: "posthorn.webhook_endpoints_of_reader",
  description: "Endpoints: where Posthorn sends events to.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: readers, insert: ["manage"], update: ["manage"], delete: ["manage"] },
  answersInserts: true,
  columns: [
    { name: "id", type: "uuid", description: "The endpoint." },
    {
      name: "external_id",
      type: "text",
      description: "Your own id of the endpoint, unique among the org's endpoints.",
      isNullable: true,
      isExternalId: true,
      writable: "insert and update",
    },
    {
      name: "org_id",
      type: "org",
      description: "The org it belongs to.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "destination",
      type: "text",
      description:
        "The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn " +
        "listen. It cannot be changed.",
      writable: "insert",
    },
    {
      name: "url",
      type: "text",
      description:
        "The URL that events are sent to: https, with a public address. Null if the destination " +
        "is cli.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "is_connected",
      type: "boolean",
      description:
        "Whether a terminal is connected; if not, pending deliveries wait for it. Null unless " +
        "the destination is cli.",
      isNullable: true,
    },
    {
      name: "events",
      type: "text[]",
      description:
        "The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups " +
        "(@billing). null for all types.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "channels",
      type: "text[]",
      description:
        "Only events that have one of these channels are sent to the endpoint, so no event " +
        "without channels: 1 to 10 channels. null: every event.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "filter",
      type: "json",
      description: 'A condition on events\' data, e.g. {"amount":{"$gt":10}}. null: every event.',
      isNullable: true,
      isKeptAsText: true,
      writable: "insert and update",
    },
    {
      name: "transformation",
      type: "text",
      description:
        "A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, " +
        "headers, cancel }). At most 16,384 characters. null: events are sent as they are. For " +
        "callers with the role read, [redacted] replaces it.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "retry_schedule",
      type: "text",
      description:
        "The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "timeout_seconds",
      type: "integer",
      description: "How long an attempt may take: 1 to 30. null: the contract's timeout.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "final_statuses",
      type: "text[]",
      description:
        "Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, " +
        "or ranges of them, e.g. 400-499.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "secret",
      type: "text",
      description:
        "The secret that signs deliveries: text of 1 to 512 printable characters, in the form " +
        "that the contract signs with. Default: Posthorn generates one. It is shown only once.",
      writable: "insert",
      isShownOnce: true,
    },
    {
      name: "secrets",
      type: "json",
      description:
        "Instead of secret: a list of objects with the secret's name in the contract (default: " +
        "the first), secret, and expires_at if it is an earlier one that keeps signing. The " +
        "response contains the current secrets by name if the contract has several. With a " +
        "change of contract: the secrets that the new one needs in addition. Posthorn generates " +
        "those that are not given, and the response contains them.",
      isNullable: true,
      writable: "insert and update",
      isShownOnce: true,
    },
    {
      name: "secret_warning",
      type: "text",
      description: "Why the given secret is weak; null if it is not. It is shown only once.",
      isNullable: true,
      isShownOnce: true,
    },
    {
      name: "is_active",
      type: "boolean",
      description: "Whether Posthorn sends to the endpoint. If not, its pending deliveries wait.",
      writable: "insert and update",
    },
    {
      name: "paused_until",
      type: "timestamptz",
      description:
        "Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a " +
        "paused one gets a delivery for every event. null, or a time in the past: not paused.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "inactive_reason",
      type: "text",
      description: "Why the endpoint is inactive.",
      isNullable: true,
    },
    {
      name: "inactive_since",
      type: "timestamptz",
      description: "When the endpoint became inactive.",
      isNullable: true,
    },
    {
      name: "failing_since",
      type: "timestamptz",
      description:
        "When the first attempt after the last success failed; null if the last attempt " +
        "succeeded.",
      isNullable: true,
    },
    {
      name: "contract",
      type: "text",
      description: "The endpoint's contract, which defines body, headers, signature and retries.",
      writable: "insert and update",
    },
    {
      name: "description",
      type: "text",
      description: "A description for people.",
      writable: "insert and update",
    },
    {
      name: "headers",
      type: "json",
      description:
        "Custom request headers, by name. For callers with the role read, [redacted] replaces the " +
        "values of headers that contain credentials, e.g. Authorization.",
      writable: "insert and update",
    },
    {
      name: "in_flight_max",
      type: "integer",
      description:
        "The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal " +
        "part of it, 1 to 64.",
      writable: "insert and update",
    },
    {
      name: "rate_per_second",
      type: "integer",
      description: "The maximum number of attempts per second: 1 to 10000; null: unlimited.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "previous_secret_expires_at",
      type: "timestamptz",
      description: "When the earlier secret stops signing after a rotation.",
      isNullable: true,
    },
    {
      name: "secret_switches_at",
      type: "timestamptz",
      description: "When the new secret takes over in headers that can hold only one signature.",
      isNullable: true,
    },
    { ...createdAt, orderAs: ["id"] },
    updatedAt,
  ],
};
