-- Frees the leases of dead nodes. Returns the nodes and the numbers of deliveries. A node is dead
-- if the server sees that its session's advisory lock is free and its heartbeat is late:
-- - a frozen node, or one whose event loop is blocked, keeps its lock;
-- - a node that lost only its listening connection still sends heartbeats;
-- - if the server lost all sessions at once, free locks prove nothing. Then the node's heartbeat
--   contains another incarnation, and its deliveries wait until the leases end.
--
-- A statement of the dead node may still commit after this. So its leases are freed again every 5 s
-- for 20 s, before its row is deleted.
create or replace function posthorn.take_over(self uuid, late_after interval)
returns table (node_id uuid, deliveries integer)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  dead uuid;
  tag text;
begin
  for dead in
    select node.id from posthorn.nodes as node
    where node.id <> self and node.has_lock and node.beat_at < clock_timestamp() - late_after
      and (node.taken_over_at is null
           or node.taken_over_at < clock_timestamp() - interval '5 seconds')
      and node.incarnation = posthorn.server_incarnation()
    order by node.id
  loop
    -- This lock is held until the transaction ends, so that only one node takes over.
    continue when not pg_try_advisory_xact_lock(posthorn.node_lock_key(dead));
    update posthorn.nodes as node set taken_over_at = clock_timestamp()
    where node.id = dead and node.beat_at < clock_timestamp() - late_after
      and (node.taken_over_at is null
           or node.taken_over_at < clock_timestamp() - interval '5 seconds');
    continue when not found;
    tag := posthorn.lease_tag(dead);
    node_id := dead;
    deliveries := posthorn.free_leases(
      (tag || '-0000-000000000000')::uuid, (tag || '-ffff-ffffffffffff')::uuid);
    return next;
  end loop;

  delete from posthorn.nodes as node
  where node.taken_over_at > node.beat_at + interval '20 seconds';
end
$$;
