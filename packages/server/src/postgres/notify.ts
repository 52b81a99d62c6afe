/**
 * Sends notifications to the nodes about changes that the registry and the store make. PostgreSQL
 * sends a notification with the commit, so a rollback sends nothing. A notification is only a hint:
 * nodes that miss it notice the change by its version or after a short time.
 */
import type { Queryable } from "./pool.ts";

/** The payload contains ids of endpoints, separated by commas. */
export const endpointsChannel = "posthorn_endpoints";
/** The catalogue of event types changed. The payload is empty. */
export const eventTypesChannel = "posthorn_event_types";
/** The platform changed its contracts. The payload is empty. */
export const contractsChannel = "posthorn_contracts";
/** Deliveries became due. The payload is empty. */
export const dueChannel = "posthorn_due";

/** API keys were deleted. The payload is JSON: the ids of their orgs, or null for any org. */
export const keysChannel = "posthorn_keys";

/** Someone watches these orgs. The payload contains their ids separated by commas, or `*`. */
export const watchedChannel = "posthorn_watched";
/** Watched deliveries changed. The payload is JSON. */
export const liveChannel = "posthorn_live";

/**
 * PostgreSQL rejects payloads of 8,000 bytes. 200 ids, each with 36 characters and a comma, are
 * shorter.
 */
const idsPerNotification = 200;

export async function announceEndpoints(
  transaction: Queryable,
  ids: readonly string[],
): Promise<void> {
  for (let start = 0; start < ids.length; start += idsPerNotification) {
    const payload = ids.slice(start, start + idsPerNotification).join(",");
    await transaction.query("select pg_notify($1, $2)", [endpointsChannel, payload]);
  }
  await announceDue(transaction);
}

export async function announceDue(transaction: Queryable): Promise<void> {
  await transaction.query("select pg_notify($1, '')", [dueChannel]);
}

export async function announceEventTypes(transaction: Queryable): Promise<void> {
  await transaction.query("select pg_notify($1, '')", [eventTypesChannel]);
}

export async function announceContracts(transaction: Queryable): Promise<void> {
  await transaction.query("select pg_notify($1, '')", [contractsChannel]);
}

/** PostgreSQL rejects longer payloads. */
const payloadBytesMax = 7_999;

/** Announces that keys of these orgs were deleted, so that every node ends what they opened. */
export async function announceKeys(
  transaction: Queryable,
  orgIds: readonly string[],
): Promise<void> {
  const payload = JSON.stringify([...new Set(orgIds)]);
  const isTooLong = Buffer.byteLength(payload) > payloadBytesMax;
  await transaction.query("select pg_notify($1, $2)", [keysChannel, isTooLong ? "null" : payload]);
}

export async function announceWatched(database: Queryable, payload: string): Promise<void> {
  await database.query("select pg_notify($1, $2)", [watchedChannel, payload]);
}

export async function announceLive(database: Queryable, payload: string): Promise<void> {
  await database.query("select pg_notify($1, $2)", [liveChannel, payload]);
}
