/** The audit's nouns: who did what to which thing. */
import { isUuid } from "./id.ts";
import type { Principal } from "./principal.ts";

/** Everything that leaves an entry, and the kind of thing that it is done to. */
export const auditActions = {
  "api_key.created": "api_key",
  "api_key.deleted": "api_key",
  "delivery.cancelled": "delivery",
  "delivery.retried": "delivery",
  "endpoint.created": "endpoint",
  "endpoint.deleted": "endpoint",
  "endpoint.turned_off": "endpoint",
  "endpoint.updated": "endpoint",
  "event_type.created": "event_type",
  "event_type.deleted": "event_type",
  "event_type.updated": "event_type",
  "org.created": "org",
  "org.erasure_started": "org",
  "org.updated": "org",
  "portal_link.created": "portal_link",
  "replay.cancelled": "replay",
  "replay.started": "replay",
  "secret.rotated": "endpoint",
  "secret.rotation_cancelled": "endpoint",
  "secret.switched": "endpoint",
  "session.opened": "session",
  "test.sent": "endpoint",
} as const;

export type AuditAction = keyof typeof auditActions;

/** Whoever did it: somebody who asked over HTTP, or Posthorn by itself. */
export interface Actor {
  readonly kind: "admin" | "api_key" | "portal_link" | "jwt" | "system";
  /** Of the key or of the link, or a token's subject if that is a UUID; null for the others. */
  readonly id: string | null;
  /** A token's subject. Absent: the key's own name is looked up. */
  readonly name?: string | null;
  /** The other end of the connection that the request came by. */
  readonly remoteAddress: string | null;
}

/** Posthorn by itself, e.g. turning off an endpoint that is gone. */
export const system: Actor = { kind: "system", id: null, remoteAddress: null };

export function actorOf(principal: Principal, remoteAddress: string): Actor {
  if ("via" in principal && principal.via === "jwt") {
    const { kind, subject } = principal;
    const id = subject !== null && isUuid(subject) ? subject : null;
    return kind === "admin"
      ? { kind, id, name: subject ?? "service_role", remoteAddress }
      : { kind: "jwt", id, name: subject, remoteAddress };
  }
  return principal.kind === "admin"
    ? { kind: "admin", id: null, remoteAddress }
    : { kind: principal.via, id: principal.keyId, remoteAddress };
}

/** One thing that was changed. */
export interface AuditSubject {
  /** Null for what belongs to no org. */
  readonly orgId: string | null;
  readonly id: string;
  /** By field: `{from, to}`, or what else there is to say. Never a secret or a header's value. */
  readonly changes: Readonly<Record<string, unknown>>;
}

/** The `changes` of something new that has these values; those that are null are left out. */
export function createdWith(
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const given = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([field, to]) => [field, { from: null, to }]));
}
