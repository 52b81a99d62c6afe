-- The first 8 bytes of the ids of all leases of a node, so that they are a range. Equals leaseId in
-- model/id.ts.
create or replace function posthorn.lease_tag(node_id uuid) returns text
language sql immutable parallel safe as $$
  select left(h, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4)
  from (select right(replace(node_id::text, '-', ''), 16) as h) as hex
$$;
