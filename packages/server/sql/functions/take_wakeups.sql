-- Chooses the endpoints for a claim by their due wakeups, and removes these wakeups. Skips orgs and
-- endpoints whose queue is full, and terminals whose session is not in `sessions`: their wakeups
-- stay until the terminal connects or its endpoint is deleted. Takes one endpoint of each org
-- before two of any.
--
-- `frees` says how many deliveries of each endpoint the caller can take. `is_cut` is true if more
-- endpoints are due.
--
-- While an old snapshot is open (of a backup, or of a forgotten transaction), deleted rows stay in
-- the index, and each full scan reads them again. So after a scan that read far more blocks than it
-- found rows, `posthorn.claim_horizon` says for 10 s where scans start: at the earliest existing
-- wakeup, or one second ago if that is earlier. A wakeup that a long transaction inserts before
-- that point is found at most 10 s after its commit.
--
-- The settings force one plan. The tables may have been empty when the plan was made, and a nested
-- loop over the wakeups and `frees` would be quadratic.
create or replace function posthorn.take_wakeups(
  at timestamptz, most integer, per_endpoint integer, place_endpoints uuid[],
  place_counts integer[], full_orgs uuid[], wakeups_most integer, sessions uuid[],
  out endpoint_ids uuid[], out frees integer[], out is_cut boolean
)
language plpgsql volatile
set enable_bitmapscan = off
set enable_mergejoin = off
set enable_nestloop = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  row_ids tid[];
  was_full boolean;
  read_from timestamptz;
  found_rows bigint;
  blocks_before bigint;
begin
  select horizon.read_from into read_from
  from posthorn.claim_horizon as horizon
  where horizon.singleton and horizon.until > clock_timestamp();
  blocks_before := posthorn.wakeup_blocks_read();

  with due as materialized (
    select wakeup.ctid as row_id, wakeup.org_id, wakeup.endpoint_id, wakeup.wake_at
    from posthorn.endpoint_wakeups as wakeup
    where not wakeup.is_deleted and wakeup.wake_at <= at
      and wakeup.wake_at >= coalesce(read_from, '-infinity') and wakeup.org_id <> all (full_orgs)
    order by wakeup.wake_at limit wakeups_most
  ), endpoint as materialized (
    select org_id, endpoint_id, min(wake_at) as wake_at
    from due group by org_id, endpoint_id
  ), open as materialized (
    select endpoint.endpoint_id, endpoint.wake_at,
           row_number() over (
             partition by endpoint.org_id order by endpoint.wake_at, endpoint.endpoint_id
           ) as org_turn
    from endpoint
    left join unnest(place_endpoints, place_counts) as place (endpoint_id, free)
      on place.endpoint_id = endpoint.endpoint_id
    left join posthorn.terminals as terminal on terminal.endpoint_id = endpoint.endpoint_id
    where coalesce(place.free, 1) > 0
      and (terminal.endpoint_id is null or terminal.session_id = any (sessions))
  ), chosen as (
    select endpoint_id from open order by org_turn, wake_at limit most
  )
  select array_agg(due.row_id), (select count(*) > most from open),
         (select count(*) = wakeups_most from due), (select count(*) from due)
  into row_ids, is_cut, was_full, found_rows
  from due
  join chosen using (endpoint_id);

  if read_from is null
     and posthorn.wakeup_blocks_read() - blocks_before > 1000 + 2 * found_rows then
    perform posthorn.set_claim_horizon(at);
  end if;

  if was_full then
    is_cut := true;
  end if;
  if row_ids is not null then
    -- Another claim may have locked some of these wakeups. It deletes the ones that it has locked.
    select array_agg(locked.row_id), array_agg(distinct locked.endpoint_id)
    into row_ids, endpoint_ids
    from (
      select wakeup.ctid as row_id, wakeup.endpoint_id
      from posthorn.endpoint_wakeups as wakeup
      where wakeup.ctid = any (row_ids) and wakeup.wake_at <= at and not wakeup.is_deleted
      for update skip locked
    ) as locked;
    delete from posthorn.endpoint_wakeups as wakeup where wakeup.ctid = any (row_ids);
    select array_agg(least(per_endpoint, coalesce(place.free, per_endpoint)) order by chosen.place)
    into frees
    from unnest(endpoint_ids) with ordinality as chosen (endpoint_id, place)
    left join unnest(place_endpoints, place_counts) as place (endpoint_id, free)
      on place.endpoint_id = chosen.endpoint_id;
  end if;
  if was_full then
    perform posthorn.fold_wakeups(at, wakeups_most);
  end if;
end
$$;
