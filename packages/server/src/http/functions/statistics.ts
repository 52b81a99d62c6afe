/** rpc/delivery_statistics, rpc/endpoint_health and rpc/overview. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { parseOrgId } from "../../model/org-id.ts";
import type { Principal } from "../../model/principal.ts";
import { resolutionsSeconds, type ResolutionSeconds } from "../../observe/statistics.ts";
import { readStatistics } from "../../observe/statistics-table.ts";
import { endpointHealth, overview } from "../../registry/health.ts";
import type { Argument, RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Longer ranges are returned by the hour, unless the request asks for minutes. */
const minutesUpToMs = 6 * hourMs;

const orgArgument: Argument = {
  name: "org_id",
  type: "org",
  required: false,
  description: "Only this org. Default: all orgs for the admin key, otherwise the caller's org.",
};

const count = (name: string, description: string) =>
  ({ name, type: "integer", description }) as const;
const time = (name: string, description: string) =>
  ({ name, type: "timestamptz", description, isNullable: true }) as const;
const milliseconds = (name: string, description: string) =>
  ({ name, type: "numeric", description, isNullable: true }) as const;

/**
 * The org to read. An org's key may only read its own.
 * @throws PosthornError `PH_NOT_FOUND` for another org.
 */
function orgScope(given: Readonly<Record<string, unknown>>, principal: Principal): string | null {
  const text = given["org_id"] as string | undefined;
  const wanted = text === undefined ? null : parseOrgId(text).id;
  const own = scopeOf(principal);
  if (own !== null && wanted !== null && wanted !== own) {
    throw new PosthornError("PH_NOT_FOUND", { thing: "org", id: text ?? wanted });
  }
  return own ?? wanted;
}

const timeOf = (value: unknown, otherwiseMs: number): number =>
  typeof value === "string" ? Date.parse(value) : otherwiseMs;

export function deliveryStatistics(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "delivery_statistics",
    description:
      "The number, outcome and duration of attempts over time. Each node writes its counts every " +
      "5 s, so a crash loses the latest ones. Percentiles are at most 10 % off.",
    arguments: [
      orgArgument,
      {
        name: "endpoint_id",
        type: "uuid",
        required: false,
        description: "Only this endpoint.",
      },
      {
        name: "since",
        type: "timestamptz",
        required: false,
        description: "The start of the range. Default: six hours ago.",
      },
      {
        name: "until",
        type: "timestamptz",
        required: false,
        description: "The end of the range. Default: now.",
      },
      {
        name: "resolution_seconds",
        type: "integer",
        required: false,
        description:
          "The length of an interval: 60 (kept for two days) or 3600. Default: 60 for ranges up " +
          "to six hours, otherwise 3600.",
      },
    ],
    readOnly: true,
    roles: ["manage", "read"],
    returns: "set",
    result: [
      { name: "at", type: "timestamptz", description: "The start of the interval." },
      count("attempts", "Attempts."),
      count("delivered", "Attempts that succeeded."),
      count("failed_attempts", "Attempts that failed."),
      count("dead_letters", "Deliveries that became dead letters."),
      milliseconds("p50_ms", "Median duration of the attempts, in milliseconds."),
      milliseconds("p95_ms", "95th percentile of the duration, in milliseconds."),
      milliseconds("p99_ms", "99th percentile of the duration, in milliseconds."),
    ],
    async handler(given, { principal, nowMs }) {
      const untilMs = timeOf(given["until"], nowMs);
      const sinceMs = timeOf(given["since"], untilMs - minutesUpToMs);
      const question = {
        orgId: orgScope(given, principal),
        endpointId: (given["endpoint_id"] as string | undefined) ?? null,
        sinceMs,
        untilMs,
        resolutionSeconds: resolution(given["resolution_seconds"], untilMs - sinceMs),
      };
      await dependencies.statistics.flushBeforeRead();
      return dependencies.tenants.read(scopeOf(principal), (database) =>
        readStatistics(database, question),
      );
    },
  };
}

function resolution(given: unknown, rangeMs: number): ResolutionSeconds {
  if (given === undefined || given === null) return rangeMs <= minutesUpToMs ? 60 : 3_600;
  const found = resolutionsSeconds.find((each) => each === given);
  if (found === undefined) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "resolution_seconds",
      allowed: resolutionsSeconds.join(", "),
    });
  }
  return found;
}

export function endpointHealthFunction(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "endpoint_health",
    description:
      "The health of endpoints. Endpoints with the most dead letters come first, then those with " +
      "the most failures, then those that Posthorn turned off. Deleted endpoints are listed if " +
      "they had attempts. Maximum number of endpoints: " +
      `${limits.healthEndpointsMax}.`,
    arguments: [
      orgArgument,
      {
        name: "since",
        type: "timestamptz",
        required: false,
        description:
          "The start of the range, at most 7 days ago. It is rounded to the minute for ranges up " +
          "to one hour, otherwise to the hour. Default: one day ago.",
      },
    ],
    readOnly: true,
    roles: ["manage", "read"],
    returns: "set",
    result: [
      { name: "endpoint_id", type: "uuid", description: "The endpoint." },
      { name: "org_id", type: "org", description: "Its org." },
      { name: "org_name", type: "text", description: "The org's name.", isNullable: true },
      {
        name: "url",
        type: "text",
        description: "Its URL; null for a terminal.",
        isNullable: true,
      },
      { name: "description", type: "text", description: "A description for people." },
      {
        name: "is_active",
        type: "boolean",
        description: "Whether Posthorn sends to the endpoint.",
      },
      {
        name: "inactive_reason",
        type: "text",
        description: "Why the endpoint is inactive.",
        isNullable: true,
      },
      time("failing_since", "Since when every attempt fails; null if none or not every one fails."),
      time("deleted_at", "When the endpoint was deleted."),
      count("attempts", "Attempts."),
      count("failed_attempts", "Those that failed."),
      count("dead_letters", "Deliveries that became dead letters in this range."),
      time("last_delivered_at", "When the latest successful attempt was made."),
      time("last_failed_at", "When the latest failed attempt was made."),
      time("oldest_due_at", "When the earliest pending delivery is or was due."),
    ],
    async handler(given, { principal, nowMs }) {
      const sinceMs = timeOf(given["since"], nowMs - dayMs);
      if (nowMs - sinceMs > limits.healthRangeMsMax) {
        throw new PosthornError("PH_FIELD_INVALID", {
          field: "since",
          allowed: `at most ${limits.healthRangeMsMax / dayMs} days ago`,
        });
      }
      const orgId = orgScope(given, principal);
      await dependencies.statistics.flushBeforeRead();
      return dependencies.tenants.read(scopeOf(principal), (database) =>
        endpointHealth(database, { orgId, sinceMs, nowMs }),
      );
    },
  };
}

export function overviewFunction(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "overview",
    description: "Counts of due deliveries, dead letters, endpoints and nodes.",
    arguments: [orgArgument],
    readOnly: true,
    roles: ["manage", "read"],
    returns: "object",
    result: [
      time("oldest_due_at", "When the oldest due delivery of an active endpoint became due."),
      count("deliveries_due", `Deliveries that are due: at most ${limits.overviewCountMax}.`),
      {
        name: "deliveries_due_is_bounded",
        type: "boolean",
        description: "Whether there are more.",
      },
      count("dead_letters", `Dead letters: at most ${limits.overviewCountMax}.`),
      { name: "dead_letters_is_bounded", type: "boolean", description: "Whether there are more." },
      count("endpoints_active", "Endpoints that are active."),
      count("endpoints_failing", "Active endpoints of which every attempt fails."),
      count("endpoints_inactive", "Endpoints that are inactive."),
      count("nodes", "Running nodes."),
      {
        ...count(
          "in_flight",
          "Attempts in progress on the node that responds; null unless the caller is the admin " +
            "key.",
        ),
        isNullable: true,
      },
    ],
    async handler(given, { principal, nowMs }) {
      const orgId = orgScope(given, principal);
      const found = await dependencies.tenants.read(scopeOf(principal), (database) =>
        overview(database, { orgId, nowMs }),
      );
      // Only the admin key sees the load that all orgs cause on the node.
      const inFlight = scopeOf(principal) === null ? dependencies.node.inFlight : null;
      return { ...found, nodes: dependencies.node.nodes, in_flight: inFlight };
    },
  };
}
