/**
 * The error catalogue. Every error that a client or an operator can see has an entry here.
 *
 * A code never changes its meaning and is never reused. The message says what was wrong, and the
 * hint what to do about it. Both are templates whose `{names}` are filled in when the error is
 * thrown. `docs/reference/errors.md` is generated from this table.
 */

import { publishErrors } from "./publishing.ts";
import { requestErrors } from "./requests.ts";
import { routingErrors } from "./routing.ts";
import { startErrors } from "./start.ts";
import { secretErrors } from "./secrets.ts";
import { addressErrors } from "./addresses.ts";
import { backupErrors } from "./backups.ts";
import { commandErrors } from "./commands.ts";
import { terminalErrors } from "./terminals.ts";
import { contractErrors } from "./contracts.ts";
import { dialectErrors } from "./dialect.ts";
import { tokenErrors } from "./tokens.ts";

export interface CatalogueEntry {
  /** The HTTP status of the response. */
  readonly status: number;
  readonly message: string;
  readonly hint: string | null;
}

function entry(status: number, message: string, hint: string | null = null): CatalogueEntry {
  return { status, message, hint };
}

export const errorCatalogue = {
  // — the database —
  PH_DATABASE_TOO_OLD: entry(
    500,
    "The database server runs PostgreSQL {version}, but Posthorn needs version 15 or later.",
    "Upgrade the server, or unset DATABASE_URL to use the embedded PostgreSQL.",
  ),
  PH_DATABASE_ENCODING: entry(
    500,
    "The database has the encoding {encoding}, which cannot store every text; it must be UTF8.",
    "Create the database with: create database <name> encoding 'UTF8' template template0;",
  ),
  PH_DATABASE_NEWER: entry(
    500,
    "A newer version of Posthorn has migrated this database: it contains migration {migration}.",
    "Start that version of Posthorn. Migrations cannot be reverted.",
  ),
  PH_DATABASE_OTHER_BUILD: entry(
    500,
    "This database was created by an unreleased build of Posthorn with different tables ({found}).",
    "Use an empty database or data folder, or start the build that created this database.",
  ),
  PH_DATABASE_URL: entry(
    500,
    "{variable} cannot be used: {reason}.",
    "docs/operators/database.md lists what a connection URL may contain.",
  ),
  PH_DIRECT_URL_POOLED: entry(
    500,
    "POSTHORN_DIRECT_URL points to a pooler in transaction mode.",
    "Set it to the URL of the server itself. Or unset it; Posthorn then polls instead of " +
      "listening.",
  ),
  PH_DIRECT_URL_OTHER: entry(
    500,
    "POSTHORN_DIRECT_URL and DATABASE_URL point to different databases.",
    "Set both to URLs of the same database on the same server.",
  ),
  ...startErrors,
  ...commandErrors,
  ...contractErrors,
  ...backupErrors,
  PH_EMBEDDED_PLATFORM: entry(
    500,
    "The embedded PostgreSQL does not run on this machine: {reason}.",
    "Set DATABASE_URL to the URL of a PostgreSQL server, version 15 or later.",
  ),
  PH_EMBEDDED_START: entry(
    500,
    "The embedded PostgreSQL did not start: {reason}.",
    "Read its log: {logFile}. Or set DATABASE_URL to use another server.",
  ),
  PH_EMBEDDED_STOP: entry(
    500,
    "The embedded PostgreSQL (process {pid}) did not stop, not even after SIGKILL.",
    "It is probably waiting for its disk; check the machine's kernel log.",
  ),
  PH_EMBEDDED_LOST: entry(
    503,
    "The embedded PostgreSQL stopped, and {tries} attempts to restart it failed: {reason}",
    "Fix the cause and start Posthorn again. No acknowledged event is lost.",
  ),
  PH_DATA_DIR: entry(
    500,
    "The data folder {dataDir} cannot be used: {reason}.",
    "Set POSTHORN_DATA_DIR to a folder that this user can write to, or set DATABASE_URL.",
  ),
  PH_DATA_DIR_IN_USE: entry(
    500,
    "The data folder {dataDir} is in use by another Posthorn: {holder}.",
    "Stop that process, or set POSTHORN_DATA_DIR to another folder.",
  ),
  PH_DATABASE_UNAVAILABLE: entry(
    503,
    "The database cannot be reached at the moment.",
    "Try again after the seconds in Retry-After.",
  ),
  PH_DATABASE_REFUSED: entry(
    503,
    "The database rejected a statement of Posthorn itself. Nothing is wrong with the request.",
    "Try again after the seconds in Retry-After. Posthorn's log contains the reason.",
  ),

  // — publishing —
  ...publishErrors,
  // — routing —
  ...routingErrors,
  // — secrets at rest —
  ...secretErrors,
  // — configuration and start —
  PH_CONFIG_INVALID: entry(
    500,
    "The environment variable {variable} has a value that is not allowed.",
    "Allowed: {allowed}.",
  ),
  PH_CONFIG_MISSING: entry(
    500,
    "The environment variable {variable} is not set: {reason}.",
    "Set it and start again.",
  ),
  PH_CATALOGUE_INVALID: entry(
    500,
    "The catalogue of event types in {file} cannot be used: {reason}.",
    "Fix the file; catalogue/catalogue.schema.json describes the format.",
  ),
  PH_SCHEDULE_INVALID: entry(
    400,
    "The retry schedule {schedule} is not valid: {reason}.",
    "Use 1 to 120 delays separated by commas, starting with 0s, e.g. 0s,1m,5m (units ms, s, m, " +
      "h, d). `0s,1m then every 8h until 3d` repeats a step.",
  ),
  PH_PORT_TAKEN: entry(
    500,
    "Port {port} on {host} is already in use by another program.",
    "Stop that program, or set POSTHORN_PORT to a free port.",
  ),
  // — endpoints, event types, keys and other settings —
  PH_FIELD_INVALID: entry(400, "The value of {field} is not allowed.", "Allowed: {allowed}."),
  PH_HEADERS_INVALID: entry(
    400,
    "The custom header {header} is not allowed: {reason}.",
    "Choose a header that the receiver itself needs, e.g. Authorization or X-Tenant.",
  ),
  PH_SECRET_INVALID: entry(
    400,
    "The contract {contract} cannot use the secret: {reason}.",
    "Use a secret in the form that the contract signs with, or omit it to let Posthorn generate " +
      "one.",
  ),
  PH_TOO_MANY_SECRETS: entry(
    400,
    "The endpoint still has {secrets} earlier secrets that have not expired.",
    "Wait until one has expired, or rotate with a shorter overlap.",
  ),
  PH_TOO_MANY_ENDPOINTS: entry(
    400,
    "The org has {endpoints} endpoints, which is the limit.",
    "Delete an endpoint that is no longer needed.",
  ),
  PH_SCHEMA_INVALID: entry(
    400,
    "The JSON Schema cannot be used: {reason}.",
    "Use a schema of draft 2020-12 or draft-07 without references to other documents.",
  ),
  // — authentication and permissions —
  PH_KEY_MISSING: entry(
    401,
    "No API key found in request.",
    "Send it as apikey: <key> or as Authorization: Bearer <key>.",
  ),
  PH_KEY_WRONG: entry(401, "Invalid API key.", "Check the key; it may have been deleted."),
  PH_KEY_EXPIRED: entry(
    401,
    "The API key expired at {at}.",
    "Ask the person who manages the org's keys for a new key. The expiry of a key cannot be " +
      "changed.",
  ),
  ...addressErrors,
  ...terminalErrors,
  ...tokenErrors,
  PH_TOO_MANY_STREAMS: entry(
    503,
    "This node has reached its limit of live streams.",
    "Try again later, or read the tables instead.",
  ),
  PH_KEY_CANNOT_SIGN_IN: entry(
    403,
    "This key does not allow signing in to the console.",
    "Sign in with a key whose role is manage or read.",
  ),
  PH_SESSION_OVER: entry(401, "The session has expired.", "Sign in again."),
  PH_LINK_INVALID: entry(
    401,
    "The link is not valid or has expired.",
    "Go back to the page that opened it, and open it again.",
  ),
  PH_ORIGIN_WRONG: entry(
    403,
    "The request comes from a page of another site.",
    "Use an API key instead of a session, or send the request from the console.",
  ),
  PH_NOT_FOUND: entry(
    404,
    "There is no {thing} {id}.",
    "Check the id. Objects of other orgs are not visible.",
  ),

  // — changing deliveries —
  PH_DELIVERY_IN_FLIGHT: entry(
    409,
    "An attempt of delivery {delivery} is in progress.",
    "Try again when the attempt is done, which takes at most the timeout of the endpoint's " +
      "contract.",
  ),
  PH_DELIVERY_STATUS: entry(
    409,
    "The state of delivery {delivery} does not allow this change.",
    "Only a pending delivery can be cancelled. A delivery with 255 attempts cannot be retried.",
  ),
  PH_ENDPOINT_GONE: entry(
    409,
    "The endpoint of delivery {delivery} was deleted.",
    "Publish the event again to send it to the endpoint's replacement.",
  ),
  PH_PAYLOAD_EXPIRED: entry(
    409,
    "The data of delivery {delivery} has been deleted, so the delivery cannot be sent again.",
    "Publish the event again. POSTHORN_PAYLOAD_DAYS sets how long Posthorn keeps the data.",
  ),
  PH_ENDPOINT_INACTIVE: entry(
    409,
    "Endpoint {endpoint} is inactive, so Posthorn sends nothing to it.",
    "Set is_active to true first.",
  ),
  PH_EVENT_TYPE_WITHOUT_EXAMPLE: entry(
    400,
    "Event type {event_type} has no example to send.",
    "Choose an event type that has an example, or add an example to this event type.",
  ),
  PH_METRICS_DENIED: entry(
    403,
    "This key may not read the metrics.",
    "Use the admin key, or a key with the role metrics.",
  ),
  PH_METRICS_KEY: entry(
    403,
    "This key may only read the metrics.",
    "Use it for GET /metrics. For other requests, use a key of the org or the admin key.",
  ),
  PH_SVIX_KEY: entry(
    403,
    "This key may only use the API under /api/v1.",
    "Use it with Svix's libraries. For other requests, use a key of the org or the admin key.",
  ),
  PH_PUBLISH_ALL_KEY: entry(
    403,
    "This key may only publish events.",
    "Use it for POST /rest/v1/webhook_events. For other requests, use a key of the org or the " +
      "admin key.",
  ),
  PH_ORG_EXISTS: entry(
    409,
    "The org {org} already exists. Posthorn creates an org the first time you use its id.",
    "Change its name with PATCH, or insert with Prefer: resolution=merge-duplicates.",
  ),
  PH_EVENT_TYPE_EXISTS: entry(
    409,
    "Event type {event_type} already exists.",
    "Change it with PATCH, or insert with Prefer: resolution=merge-duplicates.",
  ),
  PH_EVENT_TYPE_IN_USE: entry(
    409,
    "Event type {event_type} cannot be deleted because {endpoints} endpoints subscribe to it by " +
      "name.",
    "Remove it from those endpoints first. List them with GET " +
      "/rest/v1/webhook_endpoints?events=cs.%7B{event_type}%7D",
  ),
  PH_EXAMPLE_INVALID: entry(
    400,
    "The example of event type {event_type} does not match its schema: {reason}.",
    "Fix the example or the schema. Nothing was changed.",
  ),

  // — requests to the API —
  ...requestErrors,

  // — PostgREST's and PostgreSQL's codes —
  ...dialectErrors,
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>;

export interface PosthornErrorOptions {
  /**
   * The `details` of the response: helpful facts, but never a secret and nothing about other orgs.
   */
  readonly details?: string | null;
  /** Replaces the catalogue's hint, if more is known about this case. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** How many seconds the caller should wait; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/**
 * An error from the catalogue, with `message` and `hint` filled in. `status` is its HTTP status.
 */
export class PosthornError extends Error {
  override readonly name = "PosthornError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly hint: string | null;
  details: string | null;
  readonly retryAfterSeconds: number | null;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}, options: PosthornErrorOptions = {}) {
    const { status, message, hint } = errorCatalogue[code];
    super(fill(message, facts), options.cause === undefined ? {} : { cause: options.cause });
    [this.code, this.facts] = [code, facts];
    this.status = status;
    this.hint = options.hint ?? (hint === null ? null : fill(hint, facts));
    this.details = options.details ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

function fill(template: string, facts: ErrorFacts): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in facts ? String(facts[name]) : whole,
  );
}
