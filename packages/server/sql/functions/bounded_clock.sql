-- Returns a node's time if it is not in the future and less than a twelfth of the tolerance (5
-- seconds) behind the database's clock; otherwise the database's time. So a node whose clock jumped
-- can neither lease for hours, nor lease for a past time, nor make retries due early. In whole
-- milliseconds, like all times from nodes.
create or replace function posthorn.bounded_clock(at timestamptz) returns timestamptz
language sql volatile parallel safe as $$
  select date_trunc('milliseconds',
    case
      when at < clock_timestamp() - posthorn.clock_tolerance() / 12 then clock_timestamp()
      else least(clock_timestamp(), at)
    end)
$$;
