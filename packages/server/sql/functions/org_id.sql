-- The internal id of an org: the platform's text itself if it is a UUID, otherwise a UUID v8 of its
-- SHA-256. model/org-id.ts computes the same; a test compares the two. The regular expression is
-- independent of the database's locale.
create or replace function posthorn.org_id(platform_id text) returns uuid
language sql immutable strict parallel safe as $$
  select case
    when platform_id ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
      then platform_id::uuid
    else (
      left(hex, 12) || '8' || substr(hex, 14, 3)
        || substr('89ab', 1 + (strpos('0123456789abcdef', substr(hex, 17, 1)) - 1) % 4, 1)
        || substr(hex, 18, 15)
    )::uuid
  end
  from (select encode(sha256(convert_to(platform_id, 'UTF8')), 'hex') as hex) as digest
$$;
