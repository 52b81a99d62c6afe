-- How far a node's time may be behind the database's clock before it is corrected. Equals
-- limits.clockToleranceMs. Tests that use their own times set posthorn.clock_tolerance.
create or replace function posthorn.clock_tolerance() returns interval
language sql stable parallel safe as $$
  select coalesce(
    nullif(current_setting('posthorn.clock_tolerance', true), ''), '60 seconds')::interval
$$;
