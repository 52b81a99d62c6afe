-- The time until the earliest wakeup, in milliseconds: 0 if it is due, null if there is none. A
-- node polls this instead of claiming, because it reads one index entry. After a scan that read far
-- more, it stores where the next scans start, like a claim: see take_wakeups.sql.
create or replace function posthorn.due_in_ms() returns double precision
language plpgsql volatile
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp();
  read_from timestamptz;
  blocks_before bigint := posthorn.wakeup_blocks_read();
  earliest timestamptz;
begin
  select horizon.read_from into read_from
  from posthorn.claim_horizon as horizon
  where horizon.singleton and horizon.until > at;

  select min(wakeup.wake_at) into earliest
  from posthorn.endpoint_wakeups as wakeup
  where not wakeup.is_deleted and wakeup.wake_at >= coalesce(read_from, '-infinity');

  if read_from is null and posthorn.wakeup_blocks_read() - blocks_before > 1000 then
    perform posthorn.set_claim_horizon(at);
  end if;
  -- The subtraction fails for an infinite time.
  if earliest <= at then
    return 0;
  end if;
  return extract(epoch from earliest - at) * 1000;
end
$$;
