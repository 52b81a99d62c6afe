-- A node's time within the bounds of the database's own clock: never in the future, and at most the
-- tolerance in the past. A node whose clock stepped can therefore neither lease for hours nor make
-- retries due that are not. In whole milliseconds, as all times that nodes give.
create or replace function posthorn.bounded_clock(at timestamptz) returns timestamptz
language sql volatile parallel safe as $$
  select date_trunc('milliseconds',
    least(clock_timestamp(), greatest(at, clock_timestamp() - posthorn.clock_tolerance())))
$$;
