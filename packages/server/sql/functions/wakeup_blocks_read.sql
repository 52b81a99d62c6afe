-- How many blocks of the wakeups' table and index this session has read, from disk or memory. Only
-- differences within a transaction are meaningful.
create or replace function posthorn.wakeup_blocks_read() returns bigint
language sql volatile as $$
  select pg_stat_get_xact_blocks_fetched('posthorn.endpoint_wakeups'::regclass)
    + pg_stat_get_xact_blocks_fetched('posthorn.endpoint_wakeups_due'::regclass)
$$;
