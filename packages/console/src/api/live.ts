/** Live updates: merges the event stream into the cached lists. */
import { useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { useEffect } from "react";
import { openStream } from "./client.ts";
import { isWanted, type DeliveryFilter } from "./deliveries.ts";
import { noteDelivered } from "./recovered.ts";
import type { ListedDelivery } from "./types.ts";

/** A delivery as the stream sends it. */
export interface LiveDelivery {
  readonly id: string;
  readonly event_id: string;
  readonly endpoint_id: string;
  readonly org_id: string;
  readonly event_type: string;
  readonly status: string;
  readonly attempts: number;
  readonly response_status: number | null;
  readonly error: string | null;
  readonly next_retry_at: string | null;
  readonly attempted_at: string;
}

interface LiveBatch {
  readonly deliveries: readonly LiveDelivery[];
  /** True if the batch was truncated because there were too many updates. */
  readonly more: boolean;
}

const reconnectMs = 2_000;
const reconnectMaxMs = 30_000;
const pagesRefetchedMax = 5;

/** Keeps the page's data up to date while the component is mounted. */
export function useLiveUpdates(orgId: string | null): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    const controller = new AbortController();
    void follow(orgId, queryClient, controller.signal);
    return () => controller.abort();
  }, [orgId, queryClient]);
}

async function follow(
  orgId: string | null,
  queryClient: QueryClient,
  signal: AbortSignal,
): Promise<void> {
  const path = orgId === null ? "/rest/v1/stream" : `/rest/v1/stream?org_id=${orgId}`;
  let waitMs = reconnectMs;
  while (!signal.aborted) {
    try {
      const response = await openStream(path, signal);
      if (response.ok && response.body !== null) {
        waitMs = reconnectMs;
        await readAll(response.body, queryClient);
      }
    } catch {
      // The connection broke, or the user left the page. The code below handles both cases.
    }
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(waitMs * 2, reconnectMaxMs);
    // While there was no connection, updates were lost, so all visible data is read again.
    if (!signal.aborted) refetchShown(queryClient);
  }
}

async function readAll(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  queryClient: QueryClient,
): Promise<void> {
  const reader = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (value.event === "deliveries") apply(JSON.parse(value.data) as LiveBatch, queryClient);
  }
}

/**
 * The cache keys of data that the server counts or sums up. It need not be read again for every
 * delivery.
 */
const summaryKeys = [
  "summary",
  "endpoints",
  "endpoint",
  "failed-attempts",
  "replays",
  "first-steps",
];
const summaryRefetchMs = 1_000;
/** Other nodes write their counts up to 5 s later. */
const settledRefetchMs = 6_000;
let summaryTimer: ReturnType<typeof setTimeout> | null = null;
let settledTimer: ReturnType<typeof setTimeout> | null = null;

/**
 * Reads the sums again: soon, at most once a second, and once more when all nodes have written
 * their counts.
 */
function refetchSummaries(queryClient: QueryClient): void {
  const refetch = (): void => {
    for (const key of summaryKeys) void queryClient.invalidateQueries({ queryKey: [key] });
  };
  summaryTimer ??= setTimeout(() => {
    summaryTimer = null;
    refetch();
  }, summaryRefetchMs);
  if (settledTimer !== null) clearTimeout(settledTimer);
  settledTimer = setTimeout(() => {
    settledTimer = null;
    refetch();
  }, settledRefetchMs);
}

function refetchShown(queryClient: QueryClient): void {
  refetchSummaries(queryClient);
  for (const key of ["delivery", "attempts", "explain"]) {
    void queryClient.invalidateQueries({ queryKey: [key] });
  }
  // Reading a long list again would take one request per page, so a list that is not visible waits
  // until it is opened.
  void queryClient.invalidateQueries({
    queryKey: ["deliveries"],
    predicate: ({ state }) => pagesOf(state.data) <= pagesRefetchedMax,
  });
}

function pagesOf(data: unknown): number {
  return (data as InfiniteData<unknown> | undefined)?.pages.length ?? 0;
}

function apply(batch: LiveBatch, queryClient: QueryClient): void {
  if (batch.more) refetchShown(queryClient);
  else refetchSummaries(queryClient);
  noteDelivered(batch.deliveries);
  const byId = new Map(batch.deliveries.map((each) => [each.id, each]));
  for (const id of byId.keys()) {
    void queryClient.invalidateQueries({ queryKey: ["delivery", id] });
    void queryClient.invalidateQueries({ queryKey: ["attempts", id] });
  }
  const events = new Set(batch.deliveries.map((each) => each.event_id));
  for (const eventId of events) {
    void queryClient.invalidateQueries({ queryKey: ["event-deliveries", eventId] });
    void queryClient.invalidateQueries({
      queryKey: ["explain"],
      predicate: ({ queryKey }) => (queryKey[1] as { event_id: string }).event_id === eventId,
    });
  }
  for (const [key, data] of queryClient.getQueriesData<InfiniteData<ListedDelivery[]>>({
    queryKey: ["deliveries"],
  })) {
    if (data === undefined) continue;
    queryClient.setQueryData(key, merged(data, byId, key[1] as DeliveryFilter));
  }
}

/** Merges updates into the pages of a list, with new rows first. A pure function. */
export function merged(
  data: InfiniteData<ListedDelivery[]>,
  news: ReadonlyMap<string, LiveDelivery>,
  filter: DeliveryFilter,
): InfiniteData<ListedDelivery[]> {
  const known = new Set<string>();
  const pages = data.pages.map((page) =>
    page
      .map((row) => {
        const update = news.get(row.id);
        if (update === undefined) return row;
        known.add(row.id);
        return { ...row, ...changed(update) };
      })
      .filter((row) => !known.has(row.id) || isWanted(row, filter)),
  );
  const fresh = [...news.values()]
    .filter((each) => !known.has(each.id))
    .map((each) => rowOf(each))
    .filter((row) => isWanted(row, filter) && isNewerThan(row.id, pages))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1));
  return { ...data, pages: [[...fresh, ...(pages[0] ?? [])], ...pages.slice(1)] };
}

/** An older row belongs further down, perhaps on a page that has not been read yet. */
function isNewerThan(id: string, pages: readonly (readonly ListedDelivery[])[]): boolean {
  const newest = pages.find((page) => page.length > 0)?.[0];
  return newest === undefined || id > newest.id;
}

function changed(update: LiveDelivery) {
  const { status, attempts, response_status, error, next_retry_at, attempted_at } = update;
  return { status, attempts, response_status, error, next_retry_at, last_attempt_at: attempted_at };
}

const hexDigitsOfTime = 12;

function rowOf(update: LiveDelivery): ListedDelivery {
  const { id, event_id, endpoint_id, org_id, event_type } = update;
  // The first 48 bits of an id are its creation time in milliseconds (RFC 9562, 5.7).
  const createdMs = Number.parseInt(id.replaceAll("-", "").slice(0, hexDigitsOfTime), 16);
  return {
    id,
    event_id,
    endpoint_id,
    org_id,
    event_type,
    ...changed(update),
    created_at: new Date(createdMs).toISOString(),
    failed_at: update.status === "failed" ? update.attempted_at : null,
  };
}
