-- What the console needs: sessions of people who signed in, links that let a customer in from the
-- platform's own product, the contracts by name, and how long an earlier secret still signs.

-- Only hashes of tokens are stored, so that a copy of the database lets nobody in.
create table posthorn.portal_links (
  id uuid primary key,
  org_id uuid not null references posthorn.orgs (id) on delete cascade,
  token_hash bytea not null unique,
  role text not null check (role in ('manage', 'read')),
  appearance text not null check (appearance in ('auto', 'light', 'dark')),
  session_seconds integer not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create index portal_links_by_org on posthorn.portal_links (org_id);

-- The session of a key ends with its key, and that of a link with its org.
create table posthorn.sessions (
  id uuid primary key,
  token_hash bytea not null,
  kind text not null check (kind in ('admin', 'api_key', 'portal_link')),
  api_key_id uuid references posthorn.api_keys (id) on delete cascade,
  link_id uuid,
  org_id uuid references posthorn.orgs (id) on delete cascade,
  role text check (role in ('manage', 'read')),
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create index sessions_by_expiry on posthorn.sessions (expires_at);
create index sessions_by_key on posthorn.sessions (api_key_id);
create index sessions_by_org on posthorn.sessions (org_id);
create index portal_links_by_expiry on posthorn.portal_links (expires_at);

create view posthorn.webhook_contracts as
select name,
       document ->> 'title' as title,
       document ->> 'description' as description,
       document
from posthorn.contracts;

create or replace view posthorn.webhook_endpoints as
select endpoint.id, endpoint.org_id, endpoint.url, endpoint.event_types as events,
       endpoint.is_active, endpoint.inactive_reason, endpoint.contract, endpoint.description,
       endpoint.headers, endpoint.in_flight_max, endpoint.created_at, endpoint.updated_at,
       endpoint.rate_per_second,
       (select max(secret.expires_at) from posthorn.endpoint_secrets as secret
        where secret.endpoint_id = endpoint.id and secret.expires_at > now())
         as previous_secret_expires_at
from posthorn.endpoints as endpoint
where endpoint.deleted_at is null;
