/**
 * Notifies the nodes of changes, from the registry and from the store. Sent with the commit, so a
 * rollback sends nothing. It is only a hint: nodes that miss it find the change by version, or
 * after a short time.
 */
import type { Queryable } from "./pool.ts";

/** Payload: ids of endpoints, separated by commas. */
export const endpointsChannel = "posthorn_endpoints";
/** Payload: empty. The catalogue of event types changed. */
export const eventTypesChannel = "posthorn_event_types";
/** Payload: empty. Deliveries became due. */
export const dueChannel = "posthorn_due";

/** Payload: orgs, separated by commas, or `*`: someone watches these. */
export const watchedChannel = "posthorn_watched";
/** Payload: JSON. What happened to watched deliveries. */
export const liveChannel = "posthorn_live";

/** PostgreSQL refuses payloads of 8,000 bytes; 200 ids of 36 characters and a comma fit. */
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

export async function announceWatched(database: Queryable, payload: string): Promise<void> {
  await database.query("select pg_notify($1, $2)", [watchedChannel, payload]);
}

export async function announceLive(database: Queryable, payload: string): Promise<void> {
  await database.query("select pg_notify($1, $2)", [liveChannel, payload]);
}
