-- A node's time if it is not in the future and less than a twelfth of the tolerance (5 seconds)
-- behind the database's own clock; otherwise the database's. A node whose clock stepped can
-- therefore neither lease for hours, nor lease for a time that is over, nor make retries due that
-- are not. In whole milliseconds, as all times that nodes give.
create or replace function posthorn.bounded_clock(at timestamptz) returns timestamptz
language sql volatile parallel safe as $$
  select date_trunc('milliseconds',
    case
      when at < clock_timestamp() - posthorn.clock_tolerance() / 12 then clock_timestamp()
      else least(clock_timestamp(), at)
    end)
$$;
