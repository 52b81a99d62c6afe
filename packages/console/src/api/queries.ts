/** The queries of the pages, and their cache keys. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { pageRows, probeOrgId } from "./deliveries.ts";
import { callFunction, from, rowsOf, rowWhere } from "./client.ts";
import { stillFailingSince } from "./recovered.ts";
import type {
  ApiKey,
  Attempt,
  Contract,
  Delivery,
  Endpoint,
  EventType,
  FunctionName,
  Arguments,
  Result,
  Org,
  Replay,
  Row,
} from "./types.ts";

const catalogueStaleMs = 60_000;
/** For data without live updates, e.g. replays. */
const slowRefetchMs = 30_000;
/** The stream does not say whether a terminal is connected. */
const terminalRefetchMs = 2_000;
const fastRefetchMs = 1_000;

export const endpointsQuery = (orgId: string) =>
  queryOptions<Endpoint[]>({
    queryKey: ["endpoints", orgId],
    refetchInterval: ({ state }) => refetchMsOf(state.data ?? []),
    queryFn: async ({ signal }) => {
      const endpoints = await rowsOf<Endpoint>(
        from("webhook_endpoints")
          .select("*")
          .eq("org_id", orgId)
          .order("created_at", { ascending: false })
          .abortSignal(signal),
      );
      return endpoints.map(withNews);
    },
  });

function refetchMsOf(endpoints: readonly Endpoint[]): number {
  const hasTerminal = endpoints.some(({ destination }) => destination === "cli");
  return hasTerminal ? terminalRefetchMs : slowRefetchMs;
}

function withNews(endpoint: Endpoint): Endpoint {
  const { id, failing_since: since } = endpoint;
  return { ...endpoint, failing_since: stillFailingSince(id, since) };
}

export const endpointQuery = (id: string) =>
  queryOptions<Endpoint>({
    queryKey: ["endpoint", id],
    // An endpoint starts to fail or is turned off without a change in the stream.
    refetchInterval: ({ state }) => refetchMsOf(state.data === undefined ? [] : [state.data]),
    queryFn: async ({ signal }) => withNews(await rowWhere("webhook_endpoints", "id", id, signal)),
  });

/** The facts about a deleted endpoint that the audit keeps. */
export interface DeletedEndpoint {
  readonly org_id: string | null;
  readonly url: string | null;
  readonly description: string;
  readonly deleted_at: string;
}

/** Null if it was not deleted, or so long ago that the audit no longer has it. */
export const deletedEndpointQuery = (id: string) =>
  queryOptions({
    queryKey: ["deleted-endpoint", id],
    queryFn: async ({ signal }): Promise<DeletedEndpoint | null> => {
      const [entry] = await rowsOf<Row<"webhook_audit">>(
        from("webhook_audit")
          .select("*")
          .eq("subject_id", id)
          .eq("action", "endpoint.deleted")
          .limit(1)
          .abortSignal(signal),
      );
      if (entry === undefined) return null;
      const changes = Object(entry.changes) as Record<string, { from?: unknown } | undefined>;
      const before = (field: string): string | null => {
        const value = changes[field]?.from;
        return typeof value === "string" ? value : null;
      };
      return {
        org_id: entry.org_id,
        // The audit keeps a digest in place of the query, which may be a credential.
        url: before("url")?.replace(/\?sha256=[0-9a-f]+$/, "?…") ?? null,
        description: before("description") ?? "",
        deleted_at: entry.created_at,
      };
    },
  });

/** The attempts at an endpoint that failed, newest delivery first, page by page. */
export const failedAttemptsQuery = (endpointId: string, since: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["failed-attempts", endpointId, since],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const request = from("webhook_attempts")
        .select(
          "id,delivery_id,org_id,number,response_status,succeeded,error,error_message," +
            "duration_ms,attempted_at",
        )
        .eq("endpoint_id", endpointId)
        .is("succeeded", false);
      if (since !== undefined) request.gte("attempted_at", since);
      if (pageParam !== null) request.lt("id", pageParam);
      return rowsOf<Attempt>(
        request.order("id", { ascending: false }).limit(pageRows).abortSignal(signal),
      );
    },
    getNextPageParam: (last: Attempt[]) => (last.length < pageRows ? undefined : last.at(-1)?.id),
  });

type DeliveryId = Pick<Delivery, "id" | "org_id">;

/** How far a new installation has come. */
export interface FirstStepsDone {
  readonly hasEventType: boolean;
  readonly hasEndpoint: boolean;
  readonly hasEvent: boolean;
  readonly delivered: DeliveryId | null;
  /** The newest delivery. */
  readonly latest: DeliveryId | null;
  /** The org of the first endpoint, otherwise the newest org; null if there is none. */
  readonly orgId: string | null;
  readonly orgName: string;
  /** True if something had been delivered before the console was opened. */
  readonly wasDoneAtFirst: boolean;
}

/** Null until it is known. */
let wasDoneAtFirst: boolean | null = null;

/** Each request reads at most one row, and none is made once something has been delivered. */
export const firstStepsQuery = queryOptions({
  queryKey: ["first-steps"],
  staleTime: 0,
  enabled: () => wasDoneAtFirst !== true,
  queryFn: async ({ signal }): Promise<FirstStepsDone> => {
    const deliveries = () =>
      from("webhook_deliveries")
        .select("id,org_id")
        .neq("org_id", probeOrgId)
        .order("created_at", { ascending: false })
        .limit(1)
        .abortSignal(signal);
    const first = async <Item>(request: Parameters<typeof rowsOf>[0]): Promise<Item | undefined> =>
      (await rowsOf<Item>(request))[0];
    const [type, endpoint, latest, delivered, org] = await Promise.all([
      first<EventType>(from("webhook_event_types").select("name").limit(1).abortSignal(signal)),
      first<Endpoint>(
        from("webhook_endpoints")
          .select("org_id")
          .neq("org_id", probeOrgId)
          .limit(1)
          .abortSignal(signal),
      ),
      first<DeliveryId>(deliveries()),
      first<DeliveryId>(deliveries().eq("status", "delivered")),
      first<Org>(
        from("webhook_orgs")
          .select("*")
          .order("created_at", { ascending: false })
          .limit(1)
          .abortSignal(signal),
      ),
    ]);
    wasDoneAtFirst ??= delivered !== undefined;
    const orgId = endpoint?.org_id ?? org?.id ?? null;
    return {
      hasEventType: type !== undefined,
      hasEndpoint: endpoint !== undefined,
      hasEvent: latest !== undefined,
      delivered: delivered ?? null,
      latest: latest ?? null,
      orgId,
      orgName: org !== undefined && org.id === orgId ? (org.name ?? "this org") : "the org",
      wasDoneAtFirst,
    };
  },
});

export interface Summary {
  /** The start of the range, for everything that is not of now. */
  readonly since: string;
  readonly now: Result<"overview">;
  readonly points: Result<"delivery_statistics">;
  readonly endpoints: Result<"endpoint_health">;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const weekHours = 168;

/** All numbers of the overview, read together for one range, so that they agree. */
export const summaryQuery = (hours: number) =>
  queryOptions({
    queryKey: ["summary", hours],
    refetchInterval: slowRefetchMs,
    queryFn: async ({ signal }): Promise<Summary> => {
      // The server counts by minute or by hour; a range that starts in between would be longer
      // for one number than for another.
      const stepMs = hours === 1 ? minuteMs : hourMs;
      const floorMs = Math.floor((Date.now() - hours * hourMs) / stepMs) * stepMs;
      // The server allows no more than a week.
      const sinceMs = hours === weekHours ? floorMs + stepMs : floorMs;
      const since = new Date(sinceMs).toISOString();
      const resolution_seconds = hours <= 6 ? 60 : 3_600;
      const [points, endpoints, now] = await Promise.all([
        callFunction("delivery_statistics", { since, resolution_seconds }, signal),
        callFunction("endpoint_health", { since }, signal),
        callFunction("overview", {}, signal),
      ]);
      for (const each of endpoints) {
        each.failing_since = stillFailingSince(each.endpoint_id, each.failing_since);
      }
      return { since, now, points, endpoints };
    },
  });

export const eventTypesQuery = queryOptions({
  queryKey: ["event-types"],
  staleTime: catalogueStaleMs,
  queryFn: ({ signal }) =>
    rowsOf<EventType>(from("webhook_event_types").select("*").order("name").abortSignal(signal)),
});

export const contractsQuery = queryOptions({
  queryKey: ["contracts"],
  staleTime: catalogueStaleMs,
  queryFn: ({ signal }) =>
    rowsOf<Contract>(from("webhook_contracts").select("*").order("name").abortSignal(signal)),
});

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ["delivery", id],
    refetchInterval: slowRefetchMs,
    queryFn: ({ signal }) => rowWhere("webhook_deliveries", "id", id, signal),
  });

export const attemptsQuery = (deliveryId: string) =>
  queryOptions({
    queryKey: ["attempts", deliveryId],
    queryFn: ({ signal }) =>
      rowsOf<Attempt>(
        from("webhook_attempts")
          .select("*")
          .eq("delivery_id", deliveryId)
          .order("number", { ascending: false })
          .abortSignal(signal),
      ),
  });

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["event", id],
    queryFn: ({ signal }) => rowWhere("webhook_events", "id", id, signal),
  });

export const replaysQuery = (endpointId: string) =>
  queryOptions<Replay[]>({
    queryKey: ["replays", endpointId],
    refetchInterval: (query) => {
      const isRunning = query.state.data?.some((each) => each.state === "running");
      return isRunning === true ? fastRefetchMs : false;
    },
    queryFn: ({ signal }) =>
      rowsOf<Replay>(
        from("webhook_replays")
          .select("*")
          .eq("endpoint_id", endpointId)
          .order("created_at", { ascending: false })
          .limit(20)
          .abortSignal(signal),
      ),
  });

export const orgsQuery = (search: string) =>
  queryOptions({
    queryKey: ["orgs", search],
    queryFn: ({ signal }) => {
      const request = from("webhook_orgs").select("*");
      if (search !== "") {
        // In a pattern, _ matches any character.
        const pattern = `"*${search.replaceAll(/[*%\\"]/g, "_")}*"`;
        request.or(`id.ilike.${pattern},name.ilike.${pattern}`);
      }
      return rowsOf<Org>(
        request.order("created_at", { ascending: false }).limit(50).abortSignal(signal),
      );
    },
  });

export const orgQuery = (id: string) =>
  queryOptions({
    queryKey: ["org", id],
    queryFn: ({ signal }) => rowWhere("webhook_orgs", "id", id, signal),
  });

export const apiKeysQuery = (orgId: string | null) =>
  queryOptions({
    queryKey: ["api-keys", orgId],
    queryFn: ({ signal }) => {
      const request = from("api_keys").select("*");
      if (orgId === null) request.is("org_id", null);
      else request.eq("org_id", orgId);
      return rowsOf<ApiKey>(
        request.order("created_at", { ascending: false }).limit(500).abortSignal(signal),
      );
    },
  });

/** Queries a function that only reads. */
export const functionQuery = <Name extends FunctionName>(
  name: Name,
  given: Arguments<Name>,
  refetchInterval: number | false = false,
) =>
  queryOptions({
    queryKey: [name, given],
    refetchInterval,
    queryFn: ({ signal }) => callFunction(name, given, signal),
  });
