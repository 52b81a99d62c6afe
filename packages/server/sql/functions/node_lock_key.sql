-- The key of the advisory lock that a node's listening session holds.
create or replace function posthorn.node_lock_key(node_id uuid) returns bigint
language sql immutable parallel safe as $$
  select ('x' || right(replace(node_id::text, '-', ''), 16))::bit(64)::bigint
$$;
