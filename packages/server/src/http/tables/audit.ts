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
      type: "uuid",
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
        "The id of the key or portal link, or the token's subject if it is a UUID; otherwise " +
        "null.",
      isNullable: true,
    },
    {
      name: "actor_name",
      type: "text",
      description: "The name of the key at that time, or the subject of a token.",
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
        "By field {from, to}; null for a missing value. Headers are listed by name; schemas and " +
        "examples only as changed; secrets and header values never.",
    },
    {
      name: "remote_address",
      type: "text",
      description:
        "The remote address of the request; behind an untrusted proxy, the proxy's. Null for " +
        "system, and for an org's key also for actions of the admin key.",
      isNullable: true,
    },
  ],
};
