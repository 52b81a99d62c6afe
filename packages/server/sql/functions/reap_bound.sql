-- The id up to which the reaper's watermark may move. Every delivery that an open transaction of a
-- node may still commit with a lease is above it: posthorn.publish_batch leases no id that is older
-- than `clock_tolerance` before the start of its transaction. A role without pg_read_all_stats
-- cannot see when transactions of other roles started. These transactions count as started 3
-- minutes ago, the longest possible time with the service's statement timeouts. For the same
-- reason, no transaction holds the watermark back for more than 10 minutes.
create or replace function posthorn.reap_bound() returns uuid
language sql volatile as $$
  select posthorn.uuid_floor(
    greatest(
      clock_timestamp() - interval '10 minutes',
      least(
        clock_timestamp(),
        min(case
          when activity.backend_start is null then clock_timestamp() - interval '3 minutes'
          else activity.xact_start
        end)
      )
    ) - posthorn.clock_tolerance())
  from pg_stat_activity as activity
  where activity.datname = current_database()
    and activity.pid <> pg_backend_pid()
    and activity.application_name like 'posthorn%'
$$;
