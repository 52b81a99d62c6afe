/** The audit log's types: an actor, an action and its subject. */
import { isUuid } from "./id.ts";
import type { ApiCaller } from "./principal.ts";

/** Every action that leaves an entry, with the kind of its subject. */
export const auditActions = {
  "api_key.created": "api_key",
  "api_key.deleted": "api_key",
  "attempt.expunged": "attempt",
  "contract.created": "contract",
  "contract.deleted": "contract",
  "contract.updated": "contract",
  "delivery.cancelled": "delivery",
  "delivery.retried": "delivery",
  "endpoint.created": "endpoint",
  "endpoint.deleted": "endpoint",
  "endpoint.turned_off": "endpoint",
  "endpoint.updated": "endpoint",
  "event.expunged": "event",
  "event_type.created": "event_type",
  "event_type.deleted": "event_type",
  "event_type.updated": "event_type",
  "org.created": "org",
  "org.erasure_started": "org",
  "org.updated": "org",
  "portal_link.created": "portal_link",
  "replay.cancelled": "replay",
  "replay.started": "replay",
  "secret.revealed": "endpoint",
  "secret.rotated": "endpoint",
  "secret.rotation_cancelled": "endpoint",
  "secret.switched": "endpoint",
  "session.opened": "session",
  "test.sent": "endpoint",
} as const;

export type AuditAction = keyof typeof auditActions;

/** Who did it: a caller of the HTTP API, or Posthorn itself. */
export interface Actor {
  readonly kind: "admin" | "api_key" | "portal_link" | "jwt" | "system";
  /** The id of the key or the link, or a token's subject if that is a UUID; otherwise null. */
  readonly id: string | null;
  /** The subject of a token. If it is missing, the name of the key is looked up. */
  readonly name?: string | null;
  /** The address from which the request came. */
  readonly remoteAddress: string | null;
}

/** Posthorn itself, e.g. when it turns off an endpoint that returned 410. */
export const system: Actor = { kind: "system", id: null, remoteAddress: null };

export function actorOf(principal: ApiCaller, remoteAddress: string): Actor {
  if ("via" in principal && principal.via === "jwt") {
    const { kind, subject } = principal;
    const id = subject !== null && isUuid(subject) ? subject : null;
    return kind === "admin"
      ? { kind, id, name: subject ?? "service_role", remoteAddress }
      : { kind: "jwt", id, name: subject, remoteAddress };
  }
  if (!("via" in principal)) return { kind: "admin", id: null, remoteAddress };
  const kind = principal.via === "svix_key" ? "api_key" : principal.via;
  return { kind, id: principal.keyId, remoteAddress };
}

export interface AuditSubject {
  /** The org to which the subject belongs; null if it belongs to none. */
  readonly orgId: string | null;
  readonly id: string;
  /**
   * The changes by field, as `{from, to}`, or other facts. Never contains a secret or a header's
   * value.
   */
  readonly changes: Readonly<Record<string, unknown>>;
}

/** The `changes` of a new object: each value that is not null, as `{from: null, to}`. */
export function createdWith(
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const given = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([field, to]) => [field, { from: null, to }]));
}
