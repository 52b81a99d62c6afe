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
      description: "A name for people to read.",
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
      description: "What it says that happened.",
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
      description: "An example of an event's data; it must fit the schema.",
      isNullable: true,
      writable: "insert and update",
      isKeptAsText: true,
    },
    {
      name: "schema_check",
      type: "text",
      description: "refuse (the default) or warn: what happens to data that breaks the schema.",
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
      description: "https, to a public address.",
      writable: "insert and update",
    },
    {
      name: "events",
      type: "text[]",
      description: "The event types it wants; null for all.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "secret",
      type: "text",
      description: "whsec_ and base64: what deliveries are signed with. Shown this once.",
      writable: "insert",
      isShownOnce: true,
    },
    {
      name: "is_active",
      type: "boolean",
      description: "False holds what is pending.",
      writable: "insert and update",
    },
    {
      name: "inactive_reason",
      type: "text",
      description: "Why it is not active.",
      isNullable: true,
    },
    {
      name: "inactive_since",
      type: "timestamptz",
      description: "Since when it is not active.",
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
      description: "How its deliveries look on the wire.",
      writable: "insert and update",
    },
    {
      name: "description",
      type: "text",
      description: "For people to read.",
      writable: "insert and update",
    },
    {
      name: "headers",
      type: "json",
      description: "Headers of the customer's own, by name.",
      writable: "insert and update",
    },
    {
      name: "in_flight_max",
      type: "integer",
      description: "Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64.",
      writable: "insert and update",
    },
    {
      name: "rate_per_second",
      type: "integer",
      description: "Attempts in a second: 1 to 10000; null for no bound.",
      isNullable: true,
      writable: "insert and update",
    },
    {
      name: "previous_secret_expires_at",
      type: "timestamptz",
      description: "After a rotation: until when the earlier secret signs, too.",
      isNullable: true,
    },
    {
      name: "secret_switches_at",
      type: "timestamptz",
      description: "From when the new secret signs headers that have room for one signature.",
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
    { name: "title", type: "text", description: "For people to read." },
    { name: "description", type: "text", description: "What it is like." },
    { name: "document", type: "json", description: "All of it, as docs/operators.md explains." },
  ],
};

export const apiKeys: Resource = {
  name: "api_keys",
  relation: "posthorn.api_keys_listed",
  description: "Keys of orgs. The key itself is shown once, and stored as a hash.",
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
      description: "The org that it lets in.",
      writable: "insert",
      isRequired: true,
    },
    {
      name: "name",
      type: "text",
      description: "For people to read.",
      writable: "insert",
    },
    {
      name: "role",
      type: "text",
      description: "manage (endpoints, and read), publish or read.",
      writable: "insert",
      isRequired: true,
    },
    { name: "key", type: "text", description: "Shown this once.", isShownOnce: true },
    { name: "key_hint", type: "text", description: "How the key begins." },
    createdAt,
    {
      name: "expires_at",
      type: "timestamptz",
      description: "From then on it lets nobody in: at most 10 years ahead; null for never.",
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
