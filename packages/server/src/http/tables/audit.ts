/** webhook_audit. */
import { auditActions } from "../../model/audit.ts";
import type { Resource } from "../rest/resource.ts";
import { impliedByCreatedAt } from "./implied.ts";

export const webhookAudit: Resource = {
  name: "webhook_audit",
  relation: "posthorn.webhook_audit",
  relationForOrgs: "posthorn.webhook_audit_of_org",
  description: "The audit: who changed, replayed, retried, cancelled, tested or erased what.",
  primaryKey: "id",
  orgColumn: "org_id",
  defaultOrder: "desc",
  operations: { read: ["manage", "read"] },
  columns: [
    { name: "id", type: "uuid", description: "The entry." },
    {
      name: "created_at",
      type: "timestamptz",
      description: "When the action happened.",
      orderAs: ["id"],
      implies: impliedByCreatedAt("webhook_audit"),
    },
    {
      name: "org_id",
      type: "org",
      textColumn: "org_external_id",
      description: "The org of the object; null if it belongs to no org, e.g. an event type.",
      isNullable: true,
    },
    {
      name: "actor_kind",
      type: "text",
      description:
        "The kind of actor: admin, api_key, portal_link, jwt (a user with a token), or system " +
        "(Posthorn itself).",
    },
    {
      name: "actor_id",
      type: "uuid",
      description:
        "The id of the key or portal link. For a token, its subject if that is a UUID, otherwise " +
        "null.",
      isNullable: true,
    },
    {
      name: "actor_name",
      type: "text",
      description: "The name of the key at that time, or the token's subject.",
      isNullable: true,
    },
    {
      name: "action",
      type: "text",
      description: `The action: ${Object.keys(auditActions).join(", ")}.`,
    },
    {
      name: "subject_kind",
      type: "text",
      description: `The kind of object: ${[...new Set(Object.values(auditActions))].join(", ")}.`,
    },
    {
      name: "subject_id",
      type: "text",
      description: "The object's id; for an event type, its name.",
    },
    {
      name: "changes",
      type: "json",
      description:
        "The old and new value of each changed field, as {from, to}; null for a missing value. " +
        "It contains no secrets, header values, schemas or examples, only whether they changed.",
    },
    {
      name: "remote_address",
      type: "text",
      description:
        "The client's address, or that of a proxy that is not trusted. Null for system. An org's " +
        "key also sees null for actions of the admin key.",
      isNullable: true,
    },
  ],
};
