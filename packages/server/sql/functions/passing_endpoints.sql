-- Returns the endpoints whose filters match an event's data: null in place of each other endpoint,
-- and null if none is left. An endpoint without a filter passes. The data is parsed once.
create or replace function posthorn.passing_endpoints(
  data json, endpoint_ids uuid[], filters jsonpath[]
) returns uuid[]
language plpgsql immutable parallel unsafe as $$
#variable_conflict use_variable
declare
  readable constant jsonb := posthorn.jsonb_or_null(data);
begin
  return (
    select case when bool_or(judged.passes) then
             array_agg(case when judged.passes then judged.id end order by judged.place)
           end
    from (
      select given.id, given.place,
             given.filter is null or coalesce(readable @@ given.filter, false) as passes
      from unnest(endpoint_ids, filters) with ordinality as given (id, filter, place)
    ) as judged
  );
end
$$;
