-- Identifies the time since the server last lost all its sessions. A restart changes
-- pg_postmaster_start_time. After a crash of the server, or on a promoted standby, the unlogged
-- table is empty and gets a new row.
create or replace function posthorn.server_incarnation() returns text
language plpgsql volatile as $$
declare
  life uuid;
begin
  select server_life.id into life from posthorn.server_life;
  if life is null then
    insert into posthorn.server_life (id) values (gen_random_uuid()) on conflict do nothing;
    select server_life.id into life from posthorn.server_life;
  end if;
  return pg_postmaster_start_time()::text || ' ' || life::text;
end
$$;
