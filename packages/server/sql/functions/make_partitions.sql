-- Creates the missing partitions of all weeks that overlap the range, and returns their number.
-- Attaching an empty table takes a lock that does not block reads and writes of the parent table.
--
-- posthorn.publish calls it in its caller's transaction. So it must not depend on the session's
-- time zone or on the transaction's snapshot.
create or replace function posthorn.make_partitions(since timestamptz, until timestamptz)
returns integer
language plpgsql as $$
declare
  -- Weeks begin on Monday in UTC. Days are added without a time zone, because with daylight saving
  -- time, seven days are not always 168 hours.
  weeks_since constant timestamp := date_trunc('week', since at time zone 'UTC');
  weeks_until constant timestamp := until at time zone 'UTC';
  week_start timestamptz;
  week_end timestamptz;
  parent_name text;
  child text;
  made integer := 0;
begin
  -- Nodes that start at the same time would try to create the same partitions.
  perform pg_advisory_xact_lock(8420002);
  for week_start, week_end in
    select monday at time zone 'UTC', (monday + interval '7 days') at time zone 'UTC'
    from generate_series(weeks_since, weeks_until, interval '7 days') as monday
  loop
    foreach parent_name in array array['events', 'deliveries', 'attempts'] loop
      child := parent_name || '_' || to_char(week_start at time zone 'UTC', 'YYYYMMDD');
      -- Another session may have created the partition after this transaction's snapshot. Its row
      -- in posthorn.partitions is then invisible, but its name is not.
      continue when to_regclass('posthorn.' || child) is not null or exists (
        select from posthorn.partitions as known
        where known.parent = parent_name
          and known.since < week_end and known.until > week_start
      );
      execute format(
        'create table posthorn.%I (like posthorn.%I including constraints) %s', child, parent_name,
        case when parent_name = 'deliveries' then 'with (fillfactor = 40)' else '' end);
      execute format(
        'alter table posthorn.%I attach partition posthorn.%I for values from (%L) to (%L)',
        parent_name, child, posthorn.uuid_floor(week_start), posthorn.uuid_floor(week_end));
      insert into posthorn.partitions (parent, name, since, until)
      values (parent_name, child, week_start, week_end);
      made := made + 1;
    end loop;
  end loop;
  return made;
end
$$;
