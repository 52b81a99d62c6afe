/** The queries that the pages make, and their cache keys. */
import { queryOptions } from "@tanstack/react-query";
import { callFunction, from, rowsOf, rowWhere } from "./client.ts";
import type {
  ApiKey,
  Attempt,
  Contract,
  Endpoint,
  EventType,
  FunctionName,
  Arguments,
  Org,
  Replay,
} from "./types.ts";

const catalogueStaleMs = 60_000;
/** For data that live updates do not cover, e.g. held deliveries. */
const slowRefetchMs = 30_000;
const fastRefetchMs = 1_000;

export const endpointsQuery = (orgId: string) =>
  queryOptions({
    queryKey: ["endpoints", orgId],
    queryFn: ({ signal }) =>
      rowsOf<Endpoint>(
        from("webhook_endpoints")
          .select("*")
          .eq("org_id", orgId)
          .order("created_at", { ascending: false })
          .abortSignal(signal),
      ),
  });

export const endpointQuery = (id: string) =>
  queryOptions({
    queryKey: ["endpoint", id],
    queryFn: ({ signal }) => rowWhere("webhook_endpoints", "id", id, signal),
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
      const isId = /^[0-9a-f-]{36}$/i.test(search);
      if (isId) request.eq("id", search);
      else if (search !== "") request.ilike("name", `*${search.replaceAll(/[*%_\\]/g, "")}*`);
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
      if (orgId !== null) request.eq("org_id", orgId);
      return rowsOf<ApiKey>(
        request.order("created_at", { ascending: false }).limit(500).abortSignal(signal),
      );
    },
  });

/** The result of a function that only reads. */
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
