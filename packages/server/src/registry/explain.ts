/** Explains for an event, and for each endpoint of its org, why the event did or did not arrive. */
import { limits } from "../limits.ts";
import { FilterSteps, filterWork } from "../model/filter-match.ts";
import type { Queryable } from "../postgres/pool.ts";
import { whyNotWanted, type ExplainedData, type RoutingEvidence } from "./explain-routing.ts";

export const verdicts = [
  "delivered",
  "in_flight",
  "waiting",
  "held",
  "failed",
  "cancelled",
  "filtered_by_type",
  "filtered_by_channel",
  "filtered_by_data",
  "type_hidden",
  "endpoint_inactive",
  "not_yet_created",
  "addressed_elsewhere",
] as const;
export type Verdict = (typeof verdicts)[number];

interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface Explanation {
  readonly endpoint_id: string;
  /** The endpoint's URL; null for a terminal. */
  readonly url: string | null;
  readonly verdict: Verdict;
  /** One sentence for people that gives the reason. */
  readonly reason: string;
  readonly delivery_id: string | null;
  readonly attempts: number;
  readonly response_status: number | null;
  readonly next_retry_at: string | null;
}

/** The driver returns an infinite time as a number. */
type Moment = Date | number;

/**
 * The stored facts about an event and an endpoint. `was_active` and `wanted_…` belong to the
 * version that the endpoint had at the time of the event.
 */
export interface Evidence extends RoutingEvidence {
  readonly endpoint_id: string;
  readonly url: string | null;
  /** True for a terminal that is not connected. */
  readonly lacks_terminal: boolean;
  readonly endpoint_created_at: Moment;
  readonly endpoint_deleted_at: Date | null;
  readonly endpoint_is_active: boolean;
  readonly inactive_reason: string | null;
  /** Null unless the pause still lasts. */
  readonly paused_until: Date | null;
  readonly event_at: Moment;
  /** True if the event's data has been deleted, so that only its deliveries are left. */
  readonly event_has_expired: boolean;
  readonly only_endpoint_id: string | null;
  /** Null if the endpoint did not exist at that time. */
  readonly was_active: boolean | null;
  /** True if the delivery has not been created yet. */
  readonly is_fanning_out: boolean;
  readonly endpoints_matched: number | null;
  /** The SQLSTATE with which the database rejected the delivery, and when it is tried again. */
  readonly fan_out_error: string | null;
  readonly fan_out_retry_at: Moment | null;
  readonly delivery_id: string | null;
  readonly status: string | null;
  readonly attempts: number | null;
  readonly response_status: number | null;
  readonly error: string | null;
  /** Why the latest attempt failed, in a sentence, if its status does not say it. */
  readonly error_message: string | null;
  readonly due_at: Moment | null;
  readonly in_flight: boolean | null;
}

const evidenceSql = `
select endpoint.id as endpoint_id, endpoint.url,
       exists (
         select from posthorn.terminals as terminal
         where terminal.endpoint_id = endpoint.id and terminal.session_id is null
       ) as lacks_terminal,
       endpoint.created_at as endpoint_created_at,
       endpoint.deleted_at as endpoint_deleted_at, endpoint.is_active as endpoint_is_active,
       endpoint.inactive_reason,
       case when endpoint.paused_until > $2 then endpoint.paused_until end as paused_until,
       event.event_type, event.created_at as event_at, false as event_has_expired,
       event.only_endpoint_id,
       history.is_active as was_active, history.event_types as wanted_types,
       history.event_prefixes as wanted_prefixes, history.event_groups as wanted_groups,
       history.channels as wanted_channels, history.filter::text as wanted_filter,
       event.channels as event_channels,
       (select group_name from posthorn.event_types where name = event.event_type) as type_group,
       posthorn.is_visible(event.org_id, event.event_type) as type_is_visible,
       missing.endpoint_id is not null as is_fanning_out, event.endpoints_matched,
       fan_out.error_code as fan_out_error, fan_out.retry_at as fan_out_retry_at,
       delivery.id as delivery_id, delivery.status, delivery.attempts, delivery.response_status,
       delivery.error, delivery.exchange ->> 'error_message' as error_message, delivery.due_at,
       delivery.leased_until > $2 as in_flight
from posthorn.events as event
join posthorn.endpoints as endpoint on endpoint.org_id = event.org_id
left join posthorn.deliveries as delivery
  on delivery.id = posthorn.delivery_id(event.id, endpoint.id)
left join lateral (
  select is_active, event_types, event_prefixes, event_groups, channels, filter
  from posthorn.endpoint_history
  where endpoint_id = endpoint.id and valid_from <= event.created_at
  order by version desc limit 1
) as history on true
left join posthorn.fan_outs as fan_out on fan_out.event_id = event.id
left join (
  select unnest(list.endpoint_ids[fan_out.endpoints_done + 1 :] || fan_out.failed_endpoint_ids)
           as endpoint_id
  from posthorn.fan_outs as fan_out
  join posthorn.fan_out_lists as list on list.id = fan_out.list_id
  where fan_out.event_id = $1
) as missing on missing.endpoint_id = endpoint.id
where event.id = $1
  and (delivery.id is not null or endpoint.deleted_at is null
       or endpoint.deleted_at > event.created_at)
order by endpoint.id
limit $3
`;

/**
 * Finds the endpoints for an event whose data has been deleted. Its deliveries are a range of ids.
 */
const expiredSql = `
select endpoint.id as endpoint_id, endpoint.url,
       exists (
         select from posthorn.terminals as terminal
         where terminal.endpoint_id = endpoint.id and terminal.session_id is null
       ) as lacks_terminal,
       endpoint.created_at as endpoint_created_at,
       endpoint.deleted_at as endpoint_deleted_at, endpoint.is_active as endpoint_is_active,
       endpoint.inactive_reason,
       case when endpoint.paused_until > $2 then endpoint.paused_until end as paused_until,
       delivery.event_type, delivery.created_at as event_at, true as event_has_expired,
       null as only_endpoint_id, null as was_active, null as wanted_types,
       null as wanted_prefixes, null as wanted_groups,
       null as wanted_channels, null as wanted_filter, null as event_channels, null as type_group,
       null as type_is_visible,
       false as is_fanning_out, null as endpoints_matched, null as fan_out_error,
       null as fan_out_retry_at,
       delivery.id as delivery_id, delivery.status, delivery.attempts, delivery.response_status,
       delivery.error, delivery.exchange ->> 'error_message' as error_message, delivery.due_at,
       delivery.leased_until > $2 as in_flight
from posthorn.deliveries as delivery
join posthorn.endpoints as endpoint on endpoint.id = delivery.endpoint_id
where delivery.event_id = $1
  and delivery.id >= posthorn.delivery_id_least($1)
  and delivery.id <= posthorn.delivery_id_greatest($1)
  and ($4::uuid is null or delivery.org_id = $4)
order by endpoint.id
limit $3
`;

/**
 * @param scope the org whose events may be explained; null for all orgs.
 * @returns null if that org has neither the event nor a delivery of it.
 */
export async function explain(
  database: Queryable,
  question: {
    readonly eventId: string;
    readonly scope: string | null;
    readonly nowMs: number;
    readonly endpointsMax: number;
  },
): Promise<readonly Explanation[] | null> {
  const { rows: events } = await database.query(
    "select from posthorn.events where id = $1 and ($2::uuid is null or org_id = $2)",
    [question.eventId, question.scope],
  );
  const asked = [
    question.eventId,
    new Date(question.nowMs).toISOString(),
    question.endpointsMax,
  ] as const;
  const { rows } =
    events.length > 0
      ? await database.query<Evidence>(evidenceSql, [...asked])
      : await database.query<Evidence>(expiredSql, [...asked, question.scope]);
  if (events.length === 0 && rows.length === 0) return null;
  // The data is read only if a filter needs it, and once for all endpoints.
  const isFiltered = rows.some((row) => row.delivery_id === null && row.wanted_filter !== null);
  const json = isFiltered ? await dataOf(database, question.eventId) : null;
  const data =
    json === null ? null : { json, steps: new FilterSteps(limits.filterExplainedStepsMax) };
  let charsLeft = limits.filterExplainedCharsMax;
  return rows.map((evidence) => {
    const { wanted_filter: filter } = evidence;
    if (filter === null || data === null) return judge(evidence);
    charsLeft -= filterWork(filter, data.json);
    return judge(evidence, charsLeft < 0 ? null : data);
  });
}

async function dataOf(database: Queryable, eventId: string): Promise<string | null> {
  const { rows } = await database.query<{ data: string }>(
    "select data::text as data from posthorn.events where id = $1",
    [eventId],
  );
  return rows[0]?.data ?? null;
}

/**
 * Returns the verdict for the evidence. A pure function.
 * @param data the event's data, if a filter may have refused it. Null if it is too large to say
 * why.
 */
export function judge(evidence: Evidence, data: ExplainedData | null = null): Explanation {
  const { verdict, reason } =
    evidence.delivery_id === null ? judgeUnsent(evidence, data) : judgeDelivery(evidence);
  return {
    endpoint_id: evidence.endpoint_id,
    url: evidence.url,
    verdict,
    reason,
    delivery_id: evidence.delivery_id,
    attempts: evidence.attempts ?? 0,
    response_status: evidence.response_status,
    next_retry_at: verdict === "waiting" ? shownTime(evidence.due_at) : null,
  };
}

function judgeDelivery(evidence: Evidence): Judgement {
  const { status, due_at: dueAt } = evidence;
  const attempts = plural(evidence.attempts ?? 0, "attempt");
  if (status === "delivered") {
    return {
      verdict: "delivered",
      reason:
        `It was delivered after ${attempts}. The endpoint responded with status ` +
        `${evidence.response_status}.`,
    };
  }
  if (status === "failed") {
    return {
      verdict: "failed",
      reason: `It is a dead letter.${lastFailure(evidence)}`,
    };
  }
  if (status === "cancelled") {
    return { verdict: "cancelled", reason: whyCancelled(evidence) };
  }
  if (evidence.in_flight === true) {
    return { verdict: "in_flight", reason: "An attempt is in progress." };
  }
  if (!evidence.endpoint_is_active) {
    return {
      verdict: "held",
      reason:
        `The endpoint is inactive${because(evidence)}. The delivery is pending until the ` +
        "endpoint is active again.",
    };
  }
  if (evidence.paused_until !== null) {
    return {
      verdict: "held",
      reason:
        `The endpoint is paused until ${shownTime(evidence.paused_until)}. The delivery is pending ` +
        "until then.",
    };
  }
  if (evidence.lacks_terminal) {
    return {
      verdict: "held",
      reason: `No terminal is connected. The delivery is pending until one connects.${lastFailure(evidence)}`,
    };
  }
  const at = shownTime(dueAt);
  const next = at === null ? "A node will send it soon" : `The next attempt is due at ${at}`;
  return { verdict: "waiting", reason: `${next}.${lastFailure(evidence)}` };
}

function judgeUnsent(evidence: Evidence, data: ExplainedData | null): Judgement {
  if (evidence.is_fanning_out) return judgeFanOut(evidence);
  if (evidence.only_endpoint_id !== null) {
    return {
      verdict: "addressed_elsewhere",
      reason: "The event was a test for another endpoint.",
    };
  }
  if (evidence.was_active === null) {
    return {
      verdict: "not_yet_created",
      reason:
        "The endpoint did not exist yet. It was created at " +
        `${shownTime(evidence.endpoint_created_at)}; the event was published at ` +
        `${shownTime(evidence.event_at)}.`,
    };
  }
  if (!evidence.was_active) {
    return {
      verdict: "endpoint_inactive",
      reason:
        `The endpoint was inactive when the event was published${because(evidence)}. A replay of ` +
        "missed events sends it.",
    };
  }
  return whyNotWanted(evidence, data);
}

function judgeFanOut(evidence: Evidence): Judgement {
  const {
    endpoints_matched: endpoints,
    fan_out_error: error,
    fan_out_retry_at: retryAt,
  } = evidence;
  const reason =
    error === null
      ? `The event goes to ${endpoints} endpoints. The delivery to this one has not been created ` +
        "yet."
      : `The database rejected the delivery to this endpoint (SQLSTATE ${error}). Posthorn tries ` +
        `again${retryAt === null ? "" : ` at ${shownTime(retryAt)}`}.`;
  return { verdict: "waiting", reason };
}

function whyCancelled(evidence: Evidence): string {
  if (evidence.endpoint_deleted_at !== null) {
    return "The delivery was cancelled because the endpoint was deleted.";
  }
  return evidence.event_has_expired
    ? "The delivery was cancelled: by a user, or because it was still pending when its data " +
        "expired."
    : "The delivery was cancelled.";
}

function because(evidence: Evidence): string {
  return evidence.inactive_reason === null ? "" : ` (${evidence.inactive_reason})`;
}

function lastFailure(evidence: Evidence): string {
  const { attempts } = evidence;
  if (attempts === null || attempts === 0) return "";
  // Where there was a response, only the contract's success rules need more words than its status.
  const { response_status: status, error_message: message } = evidence;
  const why = status === null || message === null ? "" : ` ${message}`;
  return ` ${plural(attempts, "attempt")} failed; the last with ${lastAnswer(evidence)}.${why}`;
}

function lastAnswer(evidence: Evidence): string {
  return evidence.response_status === null
    ? (evidence.error ?? "no response")
    : `status ${evidence.response_status}`;
}

/**
 * Formats a time. Never throws, because one broken row must not prevent the explanation of the
 * others.
 */
function shownTime(moment: Moment | null): string | null {
  if (moment === null) return null;
  const isShowable = moment instanceof Date && !Number.isNaN(moment.getTime());
  return isShowable ? moment.toISOString() : String(moment);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
