/** webhook_contracts, webhook_contract_versions. */
import type { Resource } from "../rest/resource.ts";

const everyone = ["manage", "publish", "read"] as const;

export const webhookContracts: Resource = {
  name: "webhook_contracts",
  relation: "posthorn.webhook_contracts",
  relationForOrgs: "posthorn.webhook_contracts_of_org",
  description:
    "Contracts: the body, headers, signature and retries of deliveries. Keys of an org see those " +
    "that its endpoints may use.",
  primaryKey: "name",
  orgColumn: null,
  defaultOrder: "asc",
  operations: { read: everyone, insert: [], update: [], delete: [] },
  canUpsert: true,
  columns: [
    {
      name: "name",
      type: "text",
      description: "The contract's name, which its document repeats.",
      writable: "insert",
      isRequired: true,
    },
    { name: "title", type: "text", description: "The contract's display name." },
    { name: "description", type: "text", description: "A description of the contract." },
    {
      name: "document",
      type: "json",
      description: "The complete contract, as docs/contracts.md describes it.",
      writable: "insert and update",
      isRequired: true,
      isKeptAsText: true,
    },
    {
      name: "origin",
      type: "text",
      description:
        "Where the document comes from: shipped (with Posthorn), folder (of the operator) or api. Only " +
        "contracts with the origin api can be changed here.",
    },
    {
      name: "version",
      type: "integer",
      description: "The version of the document. Every change makes a new one.",
    },
    {
      name: "updated_at",
      type: "timestamptz",
      description: "When this version was first stored.",
    },
  ],
};

export const webhookContractVersions: Resource = {
  name: "webhook_contract_versions",
  relation: "posthorn.webhook_contract_versions",
  description: "Every version of every contract. Attempts name the version that they used.",
  primaryKey: "id",
  orgColumn: null,
  defaultOrder: "desc",
  operations: { read: [] },
  columns: [
    { name: "id", type: "integer", description: "The version." },
    { name: "name", type: "text", description: "The contract's name." },
    { name: "document", type: "json", description: "The complete contract." },
    {
      name: "sender_version",
      type: "text",
      description: "The version of Posthorn that sent by it; the User-Agent contains it.",
    },
    { name: "created_at", type: "timestamptz", description: "When it was created." },
  ],
};
