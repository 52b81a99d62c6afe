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
      description: "When it was done.",
      orderAs: ["id"],
      implies: impliedByCreatedAt("webhook_audit"),
    },
    {
      name: "org_id",
      type: "uuid",
      description: "The org it was done to; null for what belongs to none, e.g. event types.",
      isNullable: true,
    },
    {
      name: "actor_kind",
      type: "text",
      description:
        "Who did it: admin, api_key, portal_link, jwt for somebody with a token, or system for " +
        "Posthorn by itself.",
    },
    {
      name: "actor_id",
      type: "uuid",
      description:
        "The key, the portal link or the token's subject if it is a UUID; null for others.",
      isNullable: true,
    },
    {
      name: "actor_name",
      type: "text",
      description: "The name that the key had; the subject of a token.",
      isNullable: true,
    },
    {
      name: "action",
      type: "text",
      description: `What was done: ${Object.keys(auditActions).join(", ")}.`,
    },
    {
      name: "subject_kind",
      type: "text",
      description: `To what: ${[...new Set(Object.values(auditActions))].join(", ")}.`,
    },
    {
      name: "subject_id",
      type: "text",
      description: "Its id; of an event type its name.",
    },
    {
      name: "changes",
      type: "json",
      description:
        "By field {from, to}; null where there was nothing, or is nothing any more. Headers by " +
        "their names, schemas and examples only as changed; secrets and header values never.",
    },
    {
      name: "remote_address",
      type: "text",
      description:
        "The other end of the request's connection: behind a proxy, the proxy. Null for " +
        "system, and to an org's key for what the admin key did.",
      isNullable: true,
    },
  ],
};
