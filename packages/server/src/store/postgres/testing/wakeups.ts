/** The rule for `posthorn.endpoint_wakeups`, as a query that tests run after their steps. */

/**
 * Ids of deliveries that are or will be due, but that no claim would find. For deleted endpoints:
 * that the reaper would not find. A pause may delay the claim. There must never be any, in any
 * snapshot.
 */
export const withoutWakeupSql = `
select delivery.id
from posthorn.deliveries as delivery
join posthorn.endpoints as endpoint on endpoint.id = delivery.endpoint_id
left join (
  select endpoint_id, min(wake_at) as earliest,
         min(wake_at) filter (where not is_deleted) as earliest_for_claims
  from posthorn.endpoint_wakeups group by endpoint_id
) as wakeup on wakeup.endpoint_id = endpoint.id
where delivery.status = 'pending' and delivery.due_at is not null
  and (endpoint.is_active or endpoint.deleted_at is not null)
  and coalesce(
    case when endpoint.deleted_at is null then wakeup.earliest_for_claims else wakeup.earliest end
      > greatest(delivery.due_at, case when endpoint.deleted_at is null then paused_until end),
    true)
order by delivery.id
`;
