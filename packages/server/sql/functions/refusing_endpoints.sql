-- Returns the endpoints whose filters refuse an event, by the filters that they had when the event
-- was stored; null or empty if there are none. fan_out_batch.sql creates no deliveries for them.
create or replace function posthorn.refusing_endpoints(
  event_id uuid, at timestamptz, endpoint_ids uuid[]
) returns uuid[]
language plpgsql stable as $$
#variable_conflict use_variable
declare
  filtered uuid[];
  filters jsonpath[];
  passing uuid[];
begin
  select array_agg(had.id), array_agg(had.filter_path)
  into filtered, filters
  from (
    select endpoint.id,
           -- Without a version of that time, the endpoint has not changed since.
           case when found.is_found then found.filter_path else endpoint.filter_path end
             as filter_path
    from posthorn.endpoints as endpoint
    left join lateral (
      select true as is_found, history.filter_path
      from posthorn.endpoint_history as history
      where endpoint.updated_at > at
        and history.endpoint_id = endpoint.id and history.valid_from <= at
      order by history.version desc limit 1
    ) as found on true
    where endpoint.id = any (endpoint_ids)
  ) as had
  where had.filter_path is not null;
  if filtered is null then return null; end if;

  select posthorn.passing_endpoints(event.data, filtered, filters) into passing
  from posthorn.events as event
  where event.id = event_id;
  -- `passing` is null if no filter matches, and contains nulls for those that do not.
  passing := array_remove(coalesce(passing, '{}'), null);
  return (select array_agg(id) from unnest(filtered) as id where id <> all (passing));
end
$$;
