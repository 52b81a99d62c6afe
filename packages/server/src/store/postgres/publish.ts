/** The SQL of `pipeline/publish/publish.ts`. The statement is `posthorn.publish_batch`. */
import pg from "pg";
import {
  BlockedError,
  UnstorableError,
  type FannedOutDelivery,
  type NewEvent,
  type PublishOutcome,
  type PublishRequest,
} from "../store.ts";
import { limits } from "../../limits.ts";
import { isSameContent } from "../../model/event-content.ts";
import { eventKeyName, eventKeysOf } from "../../model/event-keys.ts";
import { AskedError, isAsked } from "../../postgres/asked.ts";
import { inTransaction, type Pool, type Queryable } from "../../postgres/pool.ts";
import { makePartitions } from "./partitions.ts";
import { byteaArray, jsonArray, textArray, timestampArray, uuidArray } from "./binary-arrays.ts";
import { toTimestamp, toTimestampOrNull } from "./rows.ts";

const publishSql = `
select place, delivery_id, endpoint_id, endpoint_version, leased, fan_out
from posthorn.publish_batch($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::json[],
  $6::text[], $7::bytea[], $8::text[], $9::uuid[], $10, $11, $12, $13::uuid[], $14::uuid[],
  $15, $16, $17, $18::text[], $19::text[], $20::text[], $21::text[],
  $22::text[], $23)
`;

const usedKeysSql = `
select used.org_id, used.key, used.is_external_id, used.event_id, used.request_hash,
       event.data::text as data
from unnest($1::uuid[], $2::text[], $3::boolean[], $4::bytea[])
  as wanted (org_id, key, is_external_id, request_hash)
join posthorn.idempotency_keys as used using (org_id, key, is_external_id)
-- Only the data of an event whose hash differs is compared.
left join posthorn.events as event
  on event.id = used.event_id and used.request_hash <> wanted.request_hash
`;

interface PublishedRow {
  /** The position of the event in the request, starting with 1. */
  place: number;
  delivery_id: string | null;
  endpoint_id: string;
  endpoint_version: string;
  leased: boolean;
  /** Why a background job will create the event's deliveries; null if this commit created all. */
  fan_out: "open" | "wide" | null;
}

interface UsedKeyRow {
  org_id: string;
  key: string;
  is_external_id: boolean;
  event_id: string;
  request_hash: Buffer;
  /** The event's data if its hash differs. Null if it is not needed or has been deleted. */
  data: string | null;
}

class NothingStored extends Error {
  readonly outcomes: readonly PublishOutcome[];
  constructor(outcomes: readonly PublishOutcome[]) {
    super("An idempotency key has already been used for another event.");
    this.outcomes = outcomes;
  }
}

export async function publish(
  pool: Pool,
  request: PublishRequest,
): Promise<readonly PublishOutcome[]> {
  try {
    return await publishOnce(pool, request);
  } catch (error) {
    if (!isWithoutWeek(error)) throw error;
    // The partition is missing: the node or its machine was stopped for longer than weeks are
    // created ahead.
    await makePartitions(pool, request.atMs);
    return publishOnce(pool, request);
  }
}

async function publishOnce(
  pool: Pool,
  request: PublishRequest,
): Promise<readonly PublishOutcome[]> {
  try {
    // A single statement is its own transaction. That saves the round trips of begin and commit.
    if (!request.allOrNothing) return await store(pool, request);
    return await inTransaction(pool, async (transaction) => {
      const outcomes = await store(transaction, request);
      if (outcomes.some(({ kind }) => kind === "key_reused" || kind === "not_stored")) {
        throw new NothingStored(
          outcomes.map((each) => (each.kind === "stored" ? { kind: "not_stored" } : each)),
        );
      }
      return outcomes;
    });
  } catch (error) {
    if (error instanceof NothingStored) return error.outcomes;
    if (request.lockWaitMs !== undefined && isLockTimeout(error)) throw new BlockedError(error);
    if (!isAboutData(error)) throw error;
    throw new UnstorableError(isAsked(error) ? new AskedError(error) : error);
  }
}

/** PostgreSQL reports a row without a partition as a check violation without a constraint name. */
function isWithoutWeek(error: unknown): boolean {
  const isCheck = error instanceof pg.DatabaseError && error.code === "23514";
  return isCheck && error.constraint === undefined;
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "55P03";
}

/**
 * True for classes 22 (data exceptions) and 54 (program limits), which are about the data and not
 * about the server.
 */
function isAboutData(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(22|54)/.test(error.code ?? "");
}

async function store(
  database: Queryable,
  request: PublishRequest,
): Promise<readonly PublishOutcome[]> {
  const { events, lease } = request;
  const { rows } = await database.query<PublishedRow>({
    name: "publish",
    text: publishSql,
    values: [
      uuidArray(events.map((event) => event.id)),
      uuidArray(events.map((event) => event.orgId)),
      textArray(events.map((event) => event.type)),
      timestampArray(events.map((event) => event.timestampMs)),
      jsonArray(events.map((event) => event.dataJson)),
      textArray(events.map((event) => event.idempotencyKey)),
      byteaArray(events.map((event) => event.requestHash)),
      textArray(events.map((event) => event.schemaWarning)),
      uuidArray(events.map((event) => event.onlyEndpointId)),
      toTimestamp(request.atMs),
      lease?.id ?? null,
      toTimestampOrNull(lease?.untilMs ?? null),
      request.spilledIds,
      request.laterOrgIds,
      request.fanOut.endpointsMax,
      request.fanOut.deliveriesMax,
      request.lockWaitMs ?? null,
      textArray(events.map((event) => event.orgExternalId ?? null)),
      textArray(events.map((event) => event.externalId ?? null)),
      textArray(events.map((event) => arrayLiteral(event.channels))),
      textArray(events.map((event) => arrayLiteral(event.tags))),
      textArray(events.map((event) => event.featureFlag ?? null)),
      limits.filterBytesPerCommitMax,
    ],
  });
  const stored: FannedOutDelivery[][] = Array.from({ length: events.length });
  const fanOuts = new Map<number, "open" | "wide">();
  for (const row of rows) {
    const deliveries = (stored[row.place - 1] ??= []);
    if (row.fan_out !== null) fanOuts.set(row.place - 1, row.fan_out);
    if (row.delivery_id === null) continue;
    deliveries.push({
      deliveryId: row.delivery_id,
      endpointId: row.endpoint_id,
      endpointVersion: Number(row.endpoint_version),
      leased: row.leased,
    });
  }
  const refused = events.filter((_, index) => stored[index] === undefined);
  const firstUses = await firstUsesOf(database, refused);
  return events.map((event, index) => {
    const deliveries = stored[index];
    return deliveries === undefined
      ? refusal(event, firstUses)
      : { kind: "stored", deliveries, fanOut: fanOuts.get(index) ?? "done" };
  });
}

/** PostgreSQL's text of an array of texts; null if there is none. */
function arrayLiteral(texts: readonly string[] | null | undefined): string | null {
  if (texts == null) return null;
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`).join(",")}}`;
}

/**
 * The statement skipped keys that were in use. This finds the events that were originally published
 * with these keys.
 */
async function firstUsesOf(
  database: Queryable,
  events: readonly NewEvent[],
): Promise<ReadonlyMap<string, UsedKeyRow>> {
  if (events.length === 0) return new Map();
  const wanted = events.flatMap((event) =>
    eventKeysOf(event).map((key) => ({ key, orgId: event.orgId, hash: event.requestHash })),
  );
  const { rows } = await database.query<UsedKeyRow>({
    name: "used_keys",
    text: usedKeysSql,
    values: [
      wanted.map(({ orgId }) => orgId),
      wanted.map(({ key }) => key.text),
      wanted.map(({ key }) => key.isExternalId),
      byteaArray(wanted.map(({ hash }) => hash)),
    ],
  });
  const firstUses = new Map<string, UsedKeyRow>();
  // Two events of the commit may have the same key. Then only one of them may need the data.
  for (const row of rows.toSorted((a, b) => Number(a.data !== null) - Number(b.data !== null))) {
    const key = { text: row.key, isExternalId: row.is_external_id };
    firstUses.set(eventKeyName(row.org_id, key), row);
  }
  return firstUses;
}

function refusal(event: NewEvent, firstUses: ReadonlyMap<string, UsedKeyRow>): PublishOutcome {
  // If none is found, the key was in use a moment ago, but has been removed since.
  let outcome: PublishOutcome = { kind: "not_stored" };
  for (const key of eventKeysOf(event)) {
    const firstUse = firstUses.get(eventKeyName(event.orgId, key));
    if (firstUse === undefined) continue;
    const stored = { requestHash: firstUse.request_hash, dataJson: firstUse.data };
    if (!isSameContent(stored, event)) {
      return { kind: "key_reused", isExternalId: key.isExternalId };
    }
    outcome = { kind: "duplicate", eventId: firstUse.event_id };
  }
  return outcome;
}
