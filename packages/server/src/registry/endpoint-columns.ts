/** Checks an endpoint's fields, and turns them into the columns to write. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Transport } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";
import { checkEndpointChannels } from "./channels-and-tags.ts";
import { knownContract, requireOffered, reservedHeaders } from "./endpoint-contract.ts";
import { checkBoolean, checkCount, checkHeaders, checkText } from "./endpoint-fields.ts";
import { filterColumns } from "./endpoint-filter.ts";
import { requireUsableSecrets, type CheckedSecretOptions } from "./endpoint-secrets.ts";
import { checkMetadata } from "./metadata.ts";
import { timingColumns } from "./endpoint-timing.ts";
import { parseSubscriptions, requireKnown } from "./subscriptions.ts";
import { checkTransformation, type TransformationChecker } from "./transformations.ts";

/** What the checks need. */
export interface FieldChecks extends CheckedSecretOptions {
  readonly transport: Pick<Transport, "checkUrl">;
  readonly transformations: TransformationChecker;
}

/** Fields of a request, not checked yet: they have any type, or are undefined. */
export interface EndpointFields {
  readonly external_id?: string | null | undefined;
  readonly url?: unknown;
  readonly events?: unknown;
  readonly channels?: unknown;
  readonly filter?: unknown;
  readonly transformation?: unknown;
  readonly retry_schedule?: unknown;
  readonly timeout_seconds?: unknown;
  readonly final_statuses?: unknown;
  readonly paused_until?: unknown;
  readonly is_active?: unknown;
  readonly contract?: unknown;
  readonly description?: unknown;
  readonly headers?: unknown;
  readonly in_flight_max?: unknown;
  readonly rate_per_second?: unknown;
  readonly metadata?: unknown;
  /** In a change, the secrets that a new contract needs in addition. */
  readonly secrets?: unknown;
}

/** The columns of `posthorn.endpoints` to write, by name. */
export type EndpointColumns = Readonly<Record<string, unknown>>;

/** The endpoints whose fields are checked. */
interface CheckedFor {
  /** The orgs of the endpoints, if the fields contain `events`. */
  readonly orgIds: readonly string[];
  /** Absent for a new endpoint. */
  readonly ids?: readonly string[];
  readonly nowMs: number;
}

/**
 * Checks the given fields.
 * @returns the columns to write, by name.
 */
export async function checkFields(
  transaction: Queryable,
  options: FieldChecks,
  fields: EndpointFields,
  { orgIds, ids = [], nowMs }: CheckedFor,
): Promise<EndpointColumns> {
  const columns: Record<string, unknown> = {};
  if (fields.external_id !== undefined) columns["external_id"] = fields.external_id;
  if (fields.url !== undefined) {
    columns["url"] = await checkUrl(options, fields.url);
  }
  if (fields.events !== undefined) {
    const subscriptions = parseSubscriptions(fields.events);
    await requireKnown(transaction, subscriptions, { orgIds, endpointIds: ids });
    columns["event_types"] = subscriptions.names;
    columns["event_prefixes"] = subscriptions.prefixes;
    columns["event_groups"] = subscriptions.groups;
  }
  if (fields.channels !== undefined) {
    columns["channels"] = checkEndpointChannels(fields.channels);
  }
  if (fields.filter !== undefined) Object.assign(columns, filterColumns(fields.filter));
  if (fields.transformation !== undefined) {
    columns["transformation"] = await checkTransformation(
      options,
      orgIds[0] ?? ids[0] ?? "",
      fields.transformation,
    );
  }
  Object.assign(columns, timingColumns(fields, nowMs));
  if (fields.is_active !== undefined) {
    columns["is_active"] = checkBoolean("is_active", fields.is_active);
  }
  if (fields.contract !== undefined) {
    if (ids.length > 0) await requireOffered(transaction, ids, fields.contract);
    const contract = knownContract(options, fields.contract);
    if (ids.length > 0) await requireUsableSecrets(options, transaction, ids, contract);
    columns["contract"] = contract.name;
  }
  if (fields.description !== undefined) {
    columns["description"] = checkText(
      "description",
      fields.description,
      limits.descriptionCharsMax,
    );
  }
  if (fields.headers !== undefined) {
    const reserved = await reservedHeaders(options, transaction, columns["contract"], ids);
    columns["headers"] = JSON.stringify(checkHeaders(fields.headers, reserved));
  }
  if (fields.in_flight_max !== undefined) {
    columns["in_flight_max"] = checkCount(
      "in_flight_max",
      fields.in_flight_max,
      limits.endpointInFlightMax,
    );
  }
  if (fields.rate_per_second !== undefined) {
    columns["rate_per_second"] =
      fields.rate_per_second === null
        ? null
        : checkCount("rate_per_second", fields.rate_per_second, limits.endpointRatePerSecondMax);
  }
  if (fields.metadata !== undefined) {
    columns["metadata"] = JSON.stringify(checkMetadata(fields.metadata));
  }
  return columns;
}

export async function checkUrl(options: FieldChecks, url: unknown): Promise<string> {
  if (typeof url !== "string") {
    throw new PosthornError("PH_URL_INVALID", { reason: "it must be text" });
  }
  return options.transport.checkUrl(url);
}
