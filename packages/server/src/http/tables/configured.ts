/** webhook_orgs, webhook_event_types, webhook_endpoints, api_keys. */
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
  description: "Orgs: the platform's customers, by the platform's own ids.",
  primaryKey: "id",
  orgColumn: "id",
  defaultOrder: "asc",
  operations: { read: readers, insert: [], update: [] },
  canUpsert: true,
  columns: [
    {
      name: "id",
      type: "uuid",
      description: "The platform's own id of the org.",
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
    createdAt,
  ],
};

export const webhookEventTypes: Resource = {
  name: "webhook_event_types",
  relation: "posthorn.webhook_event_types",
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
      description: "Parts of letters, digits and _, separated by dots.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "description",
      type: "text",
      description: "What happened when an event of this type is published.",
      writable: "insert and update",
    },
    {
      name: "schema",
      type: "json",
      description: "The JSON Schema of an event's data (2020-12 or draft-07).",
      isNullable: true,
      writable: "insert and update",
      isKeptAsText: true,
    },
    {
      name: "example",
      type: "json",
      description: "An example of an event's data; it must match the schema.",
      isNullable: true,
      writable: "insert and update",
      isKeptAsText: true,
    },
    {
      name: "schema_check",
      type: "text",
      description: "What to do with data that violates the schema: refuse (default) or warn.",
      writable: "insert and update",
    },
    createdAt,
    updatedAt,
  ],
};

export const webhookEndpoints: Resource = {
  name: "webhook_endpoints",
  relation: "posthorn.webhook_endpoints",
  description: "Endpoints: the URLs that events are sent to.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: readers, insert: ["manage"], update: ["manage"], delete: ["manage"] },
  answersInserts: true,
  columns: [
    { name: "id", type: "uuid", description: "The endpoint." },
    {
      name: "org_id",
      type: "uuid",
      description: "The org it belongs to.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "url",
      type: "text",
      description: "An https URL with a public address.",
      writable: "insert and update",
    },
    {
      name: "events",
      type: "text[]",
      description: "The event types that it subscribes to; null for all.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "secret",
      type: "text",
      description: "whsec_ and base64: the secret that signs deliveries. It is shown only once.",
      writable: "insert",
      isShownOnce: true,
    },
    {
      name: "is_active",
      type: "boolean",
      description: "False: deliveries stay pending.",
      writable: "insert and update",
    },
    {
      name: "inactive_reason",
      type: "text",
      description: "Why it is inactive.",
      isNullable: true,
    },
    {
      name: "inactive_since",
      type: "timestamptz",
      description: "When it became inactive.",
      isNullable: true,
    },
    {
      name: "failing_since",
      type: "timestamptz",
      description: "The first failed attempt since the last success; null unless it is failing.",
      isNullable: true,
    },
    {
      name: "contract",
      type: "text",
      description: "The contract, which defines how its deliveries look on the wire.",
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
      description: "The customer's own headers, by name.",
      writable: "insert and update",
    },
    {
      name: "in_flight_max",
      type: "integer",
      description:
        "The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an " +
        "equal part, 1 to 64.",
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
      description: "After a rotation: when the earlier secret stops signing.",
      isNullable: true,
    },
    {
      name: "secret_switches_at",
      type: "timestamptz",
      description: "When the new secret starts in headers with room for one signature.",
      isNullable: true,
    },
    { ...createdAt, orderAs: ["id"] },
    updatedAt,
  ],
};

export const webhookContracts: Resource = {
  name: "webhook_contracts",
  relation: "posthorn.webhook_contracts",
  description: "Contracts: how deliveries look on the wire.",
  primaryKey: "name",
  orgColumn: null,
  defaultOrder: "asc",
  operations: { read: everyone },
  columns: [
    { name: "name", type: "text", description: "The contract's name." },
    { name: "title", type: "text", description: "A title for people." },
    { name: "description", type: "text", description: "A description of the contract." },
    {
      name: "document",
      type: "json",
      description: "The whole document; docs/operators.md explains it.",
    },
  ],
};

export const apiKeys: Resource = {
  name: "api_keys",
  relation: "posthorn.api_keys_listed",
  description: "API keys of orgs. The key itself is shown only once, and stored as a hash.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: [], insert: [], delete: [] },
  answersInserts: true,
  columns: [
    { name: "id", type: "uuid", description: "The key's id." },
    {
      name: "org_id",
      type: "uuid",
      description: "The org that the key belongs to.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "name",
      type: "text",
      description: "A name for people.",
      writable: "insert",
    },
    {
      name: "role",
      type: "text",
      description: "manage (endpoints, and read), publish or read.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "key",
      type: "text",
      description: "The key. It is shown only once.",
      isShownOnce: true,
    },
    { name: "key_hint", type: "text", description: "The first characters of the key." },
    createdAt,
    {
      name: "expires_at",
      type: "timestamptz",
      description: "When the key expires: at most 10 years from now; null: never.",
      isNullable: true,
      writable: "insert",
    },
    {
      name: "last_used_at",
      type: "timestamptz",
      description: "When it was last used, to within an hour; null if never.",
      isNullable: true,
    },
  ],
};
