-- Returns a node's time, unless it is in the future or more than a twelfth of the tolerance (5
-- seconds) behind the database's clock. Then it returns the database's time. So a node whose clock
-- jumped cannot lease for hours, lease for a time in the past, or make retries due early. The
-- result is in whole milliseconds, like all times from nodes.
create or replace function posthorn.bounded_clock(at timestamptz) returns timestamptz
language sql volatile parallel safe as $$
  select date_trunc('milliseconds',
    case
      when at < clock_timestamp() - posthorn.clock_tolerance() / 12 then clock_timestamp()
      else least(clock_timestamp(), at)
    end)
$$;
