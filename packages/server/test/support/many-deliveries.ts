/** Generates so many rows that PostgreSQL has to choose between its indexes. */

/** The endpoint and the org to which every other delivery belongs. */
export const busy = {
  endpoint_id: "00000000-0000-7000-8000-000000000fff",
  org_id: "00000000-0000-7000-9000-000000000fff",
};

/**
 * SQL that inserts 30,000 deliveries over six weeks, to 501 endpoints of 251 orgs. One endpoint is
 * busy; the others have about 30 deliveries each. One delivery in 10 is a dead letter, and one in
 * 20 is pending.
 */
export const generateDeliveries = `
  select posthorn.make_partitions('2026-01-01', '2026-02-12');

  create temporary table generated as
  select posthorn.uuid_v7(at) as event_id, at, n,
         ('00000000-0000-7000-8000-000000000' || case when n % 2 = 0 then 'fff'
           else lpad(to_hex(n / 2 % 500), 3, '0') end)::uuid as endpoint_id,
         ('00000000-0000-7000-9000-000000000' || case when n % 2 = 0 then 'fff'
           else lpad(to_hex(n / 2 % 250), 3, '0') end)::uuid as org_id,
         'type.' || n / 1000 % 5 as event_type,
         case when n / 1000 % 10 = 0 then 'failed' when n / 1000 % 20 = 1 then 'pending'
           else 'delivered' end as status
  from generate_series(0, 29999) as n,
       lateral (select timestamptz '2026-01-01Z' + n * interval '2 minutes' as at) as time;

  insert into posthorn.events
    (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
  select event_id, org_id, event_type, at, '{"n":1}', 1, at from generated;

  insert into posthorn.deliveries
    (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
     due_at, failed_at, created_at)
  select posthorn.delivery_id(event_id, endpoint_id), event_id, endpoint_id, org_id, event_type,
         status, 1, 0, case when status = 'pending' then at end,
         case when status = 'failed' then at end, at
  from generated;

  insert into posthorn.attempts
    (delivery_id, number, endpoint_id, org_id, event_id, attempted_at, duration_ms, succeeded,
     trigger)
  select posthorn.delivery_id(event_id, endpoint_id), number, endpoint_id, org_id, event_id, at,
         5, false, 'schedule'
  from generated, generate_series(1, 3) as number where status = 'failed';

  insert into posthorn.audit_entries
    (id, created_at, org_id, actor_kind, action, subject_kind, subject_id, changes)
  select event_id, at, org_id, 'admin', 'delivery.retried', 'delivery', event_id::text, '{}'
  from generated;

  update posthorn.reap_state
  set watermark = (select id from posthorn.events order by id desc limit 1);
  analyze posthorn.events, posthorn.deliveries, posthorn.attempts, posthorn.audit_entries;
`;
