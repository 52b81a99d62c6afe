-- A UUID v7 with this time.
create or replace function posthorn.uuid_v7(at timestamptz) returns uuid
language sql volatile parallel safe as $$
  select (left(posthorn.uuid_floor(at)::text, 15) || substr(r, 16, 3) || substr(r, 19))::uuid
  from (select gen_random_uuid()::text as r) as random
$$;
