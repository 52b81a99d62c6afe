-- Stores for 10 s where scans of the due wakeups start: see take_wakeups.sql.
create or replace function posthorn.set_claim_horizon(at timestamptz) returns void
language sql volatile as $$
  insert into posthorn.claim_horizon (read_from, until)
  select least(at - interval '1 second', min(wakeup.wake_at)),
         clock_timestamp() + interval '10 seconds'
  from posthorn.endpoint_wakeups as wakeup
  where not wakeup.is_deleted and wakeup.wake_at <= at
  on conflict (singleton) do update
  set read_from = excluded.read_from, until = excluded.until;
$$;
