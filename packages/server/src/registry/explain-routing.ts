/** Explains why an endpoint did not want an event. `posthorn.is_subscribed` decides. */
import { FilterStepsError, type FilterSteps, whyFiltered } from "../model/filter-match.ts";

/**
 * What an endpoint wanted at the time of an event, and what the event had. An endpoint's channels
 * and `wanted_types` are null for no restriction.
 */
export interface RoutingEvidence {
  readonly event_type: string;
  readonly event_channels: readonly string[] | null;
  /** The current group of the event's type, and whether the org may see the type. */
  readonly type_group: string | null;
  readonly type_is_visible: boolean | null;
  readonly wanted_types: readonly string[] | null;
  readonly wanted_prefixes: readonly string[] | null;
  readonly wanted_groups: readonly string[] | null;
  readonly wanted_channels: readonly string[] | null;
  /** JSON text. */
  readonly wanted_filter: string | null;
}

interface RoutingJudgement {
  readonly verdict: "filtered_by_type" | "filtered_by_channel" | "filtered_by_data" | "type_hidden";
  readonly reason: string;
}

/** An event's data, and what the filters of its whole explanation may still cost. */
export interface ExplainedData {
  readonly json: string;
  readonly steps: FilterSteps;
}

/** @param data the event's data; null if it is too large to say why a filter refused it. */
export function whyNotWanted(
  evidence: RoutingEvidence,
  data: ExplainedData | null,
): RoutingJudgement {
  const { wanted_channels: channels, event_channels: given } = evidence;
  const { isNamed, isMatched } = typeMatch(evidence);
  if (isMatched && !isNamed && evidence.type_is_visible === false) {
    return {
      verdict: "type_hidden",
      reason:
        `The org may not see ${evidence.event_type}, which needs a feature flag. Only endpoints ` +
        "that name the type get it.",
    };
  }
  const { wanted_filter: filter } = evidence;
  const isOnChannel = channels === null || channels.some((each) => given?.includes(each));
  if (isMatched && isOnChannel && filter !== null) {
    const why = exactReason(filter, data) ?? "the data does not match";
    return {
      verdict: "filtered_by_data",
      reason: `Filtered by the filter of that time: ${why}.`,
    };
  }
  if (isMatched && channels !== null) {
    const wanted = `only gets events on ${channels.join(", ")}`;
    const had = given === null ? "has no channels" : `is on ${given.join(", ")}`;
    return {
      verdict: "filtered_by_channel",
      reason: `The event ${had}. At that time the endpoint ${wanted}.`,
    };
  }
  if (isMatched) {
    return {
      verdict: "filtered_by_type",
      reason:
        `Only endpoints that subscribe to ${evidence.event_type} by name get it. This endpoint ` +
        "subscribed to all types.",
    };
  }
  return {
    verdict: "filtered_by_type",
    reason:
      `The endpoint did not subscribe to ${evidence.event_type} at that time, only to ` +
      `${subscriptionsOf(evidence).join(", ")}.`,
  };
}

/** Null if the evaluation would block this process for too long. */
function exactReason(filter: string, data: ExplainedData | null): string | null {
  if (data === null) return null;
  try {
    return whyFiltered(filter, data.json, data.steps);
  } catch (error) {
    if (error instanceof FilterStepsError) return null;
    throw error;
  }
}

/** How the endpoint's subscriptions match the event's type. `posthorn.is_subscribed` decides. */
function typeMatch(evidence: RoutingEvidence): {
  readonly isNamed: boolean;
  readonly isMatched: boolean;
} {
  const { wanted_types: types, event_type: type, type_group: group } = evidence;
  const isNamed = types !== null && types.includes(type);
  const prefixes = evidence.wanted_prefixes ?? [];
  const isInGroup = group !== null && (evidence.wanted_groups ?? []).includes(group);
  const isByRule = types === null || isInGroup || prefixes.some((each) => type.startsWith(each));
  return { isNamed, isMatched: isNamed || isByRule };
}

function subscriptionsOf(evidence: RoutingEvidence): readonly string[] {
  const prefixes = (evidence.wanted_prefixes ?? []).map((each) => `${each}*`);
  const groups = (evidence.wanted_groups ?? []).map((each) => `@${each}`);
  return [...(evidence.wanted_types ?? []), ...prefixes, ...groups];
}
