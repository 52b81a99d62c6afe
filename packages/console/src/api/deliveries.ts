/** Lists of deliveries: filtered, newest first, page by page. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { from, rowsOf } from "./client.ts";
import type { ListedDelivery } from "./types.ts";

export interface DeliveryFilter {
  /** Null for all orgs. */
  readonly orgId: string | null;
  readonly endpoint?: string;
  readonly status?: string;
  readonly type?: string;
  readonly since?: string;
  readonly until?: string;
  readonly failed_since?: string;
  /** The id of a delivery, an attempt or an event, or the platform's own id of an event. */
  readonly id?: string;
}

export const pageRows = 100;

/** The org of Posthorn's own test events. Each node sends one a minute, so lists omit them. */
export const probeOrgId = "00000000-0000-7000-8000-70726f626500";

const columns =
  "id,endpoint_id,event_type,status,response_status,attempts,next_retry_at,created_at,event_id," +
  "org_id,error,last_attempt_at,failed_at";

export const deliveriesQuery = (filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: ["deliveries", filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => page(filter, pageParam, signal),
    // The id of the last row selects the next page, so a page far down is as fast as the first one.
    getNextPageParam: (last: ListedDelivery[]) =>
      last.length < pageRows ? undefined : last.at(-1)?.id,
    refetchOnWindowFocus: false,
  });

async function page(
  filter: DeliveryFilter,
  afterId: string | null,
  signal: AbortSignal,
): Promise<ListedDelivery[]> {
  const { id } = filter;
  if (id === undefined) return rowsOf(pageRequest(filter, afterId, signal));
  // The platform's own ids may be UUIDs.
  const named = await eventsNamed(id, filter.orgId, signal);
  if (!isId(id)) return ofEvents(named, filter, afterId, signal);
  // Two queries, because each of them uses an index and "one or the other" uses none.
  const found = await Promise.all([
    rowsOf<ListedDelivery>(pageRequest(filter, afterId, signal).eq("event_id", id)),
    rowsOf<ListedDelivery>(pageRequest(filter, afterId, signal).eq("id", deliveryIdOf(id))),
    ofEvents(named, filter, afterId, signal),
  ]);
  return found.flat();
}

/** How many orgs' events with the same external id are shown to the operator. */
const namedEventsMax = 20;

async function eventsNamed(
  externalId: string,
  orgId: string | null,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const request = from("webhook_events").select("id").eq("external_id", externalId);
  if (orgId !== null) request.eq("org_id", orgId);
  const rows = await rowsOf<{ id: string }>(request.limit(namedEventsMax).abortSignal(signal));
  return rows.map((row) => row.id);
}

/** One query for each event, because each of them reads a range of the index. */
async function ofEvents(
  eventIds: readonly string[],
  filter: DeliveryFilter,
  afterId: string | null,
  signal: AbortSignal,
): Promise<ListedDelivery[]> {
  const found = await Promise.all(
    eventIds.map((id) =>
      rowsOf<ListedDelivery>(pageRequest(filter, afterId, signal).eq("event_id", id)),
    ),
  );
  return found.flat();
}

/** An attempt's id equals its delivery's, except for the last byte: the attempt's number. */
function deliveryIdOf(id: string): string {
  return `${id.slice(0, -2)}00`;
}

function pageRequest(filter: DeliveryFilter, afterId: string | null, signal: AbortSignal) {
  const request = from("webhook_deliveries").select(columns);
  if (filter.orgId === null) request.neq("org_id", probeOrgId);
  else request.eq("org_id", filter.orgId);
  if (filter.endpoint !== undefined) request.eq("endpoint_id", filter.endpoint);
  if (filter.status !== undefined) request.eq("status", filter.status);
  if (filter.type !== undefined) request.eq("event_type", filter.type);
  if (filter.since !== undefined) request.gte("created_at", filter.since);
  if (filter.until !== undefined) request.lt("created_at", filter.until);
  if (filter.failed_since !== undefined) request.gte("failed_at", filter.failed_since);
  if (afterId !== null) request.lt("id", afterId);
  return request.order("created_at", { ascending: false }).limit(pageRows).abortSignal(signal);
}

/** Whether a new row belongs to a list. The conditions must be the same as the query's. */
export function isWanted(row: ListedDelivery, filter: DeliveryFilter): boolean {
  const at = row.created_at;
  return (
    (filter.orgId === null || row.org_id === filter.orgId) &&
    (filter.endpoint === undefined || row.endpoint_id === filter.endpoint) &&
    (filter.status === undefined || row.status === filter.status) &&
    (filter.type === undefined || row.event_type === filter.type) &&
    (filter.since === undefined || new Date(at) >= new Date(filter.since)) &&
    (filter.until === undefined || new Date(at) < new Date(filter.until)) &&
    (filter.failed_since === undefined ||
      (row.failed_at !== null && new Date(row.failed_at) >= new Date(filter.failed_since))) &&
    (filter.id === undefined || row.id === deliveryIdOf(filter.id) || row.event_id === filter.id)
  );
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
