/** api_keys. */
import type { Resource } from "../rest/resource.ts";

export const apiKeys: Resource = {
  name: "api_keys",
  relation: "posthorn.api_keys_listed",
  description:
    "API keys: of orgs, and of the installation to publish for every org or to read its metrics. " +
    "Posthorn shows a key only once, and stores its hash.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: [], insert: [], delete: [] },
  answersInserts: true,
  columns: [
    { name: "id", type: "uuid", description: "The key's id." },
    {
      name: "org_id",
      type: "org",
      description:
        "The org that the key belongs to. null for a key with the role metrics, publish_all or " +
        "svix_api.",
      isNullable: true,
      writable: "insert",
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
      description:
        "What the key may do: manage (manage endpoints, and read), publish, or read; without an " +
        "org: publish_all (only publish events, for every org), metrics (only read /metrics) or " +
        "svix_api (only the API under /api/v1, for every org).",
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
    { name: "created_at", type: "timestamptz", description: "When it was created." },
    {
      name: "expires_at",
      type: "timestamptz",
      description: "When the key expires: at most 10 years from now, or null for never.",
      isNullable: true,
      writable: "insert",
    },
    {
      name: "last_used_at",
      type: "timestamptz",
      description: "When the key was last used, accurate to an hour; null if never.",
      isNullable: true,
    },
  ],
};
