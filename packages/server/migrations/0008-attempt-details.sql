-- What an attempt's request was, to the byte, without storing requests: it follows from the event,
-- the version of the endpoint, its secrets then, and the time of the attempt. So every version of
-- an endpoint is kept whole, and secrets say for which versions they signed.

alter table posthorn.endpoint_history
  add column url text,
  add column contract text,
  add column headers json;

comment on column posthorn.endpoint_history.url is 'null for versions older than this column';

insert into posthorn.endpoint_history
  (endpoint_id, version, valid_from, event_types, is_active, url, contract, headers)
select id, version, updated_at, event_types, is_active, url, contract, headers
from posthorn.endpoints
on conflict (endpoint_id, version) do update
set url = excluded.url, contract = excluded.contract, headers = excluded.headers;

-- A trigger, so that no statement can make a version without its row.
create function posthorn.keep_endpoint_version() returns trigger
language plpgsql as $$
begin
  insert into posthorn.endpoint_history
    (endpoint_id, version, valid_from, event_types, is_active, url, contract, headers)
  values
    (new.id, new.version, new.updated_at, new.event_types, new.is_active, new.url, new.contract,
     new.headers);
  return null;
end
$$;

create trigger keep_first_version after insert on posthorn.endpoints
  for each row execute function posthorn.keep_endpoint_version();
create trigger keep_version after update of version on posthorn.endpoints
  for each row when (new.version <> old.version)
  execute function posthorn.keep_endpoint_version();

-- A secret signs the versions from `created_version` up to, and not including, `replaced_version`;
-- after that only until `expires_at`.
alter table posthorn.endpoint_secrets
  add column created_version bigint not null default 0,
  add column replaced_version bigint;
update posthorn.endpoint_secrets set replaced_version = 0 where expires_at is not null;

create index endpoint_secrets_ended on posthorn.endpoint_secrets (expires_at)
  where expires_at is not null;

create or replace view posthorn.webhook_attempts as
select posthorn.attempt_id(delivery_id, number) as id,
       delivery_id, number, endpoint_id, event_id, org_id, response_status, error,
       exchange ->> 'error_message' as error_message,
       exchange -> 'response_headers' as response_headers,
       exchange ->> 'response_body' as response_body,
       exchange ->> 'remote_address' as remote_address,
       duration_ms, trigger, attempted_at,
       (exchange ->> 'response_body_cut')::boolean is true as response_body_cut,
       (exchange ->> 'dns_ms')::numeric as dns_ms,
       (exchange ->> 'wait_ms')::numeric as wait_ms,
       (exchange ->> 'connect_ms')::numeric as connect_ms,
       (exchange ->> 'tls_ms')::numeric as tls_ms,
       (exchange ->> 'first_byte_ms')::numeric as first_byte_ms
from posthorn.attempts
union all
select posthorn.attempt_id(id, attempts),
       id, attempts, endpoint_id, event_id, org_id, response_status, error,
       exchange ->> 'error_message',
       exchange -> 'response_headers',
       exchange ->> 'response_body',
       exchange ->> 'remote_address',
       duration_ms, trigger, attempted_at,
       (exchange ->> 'response_body_cut')::boolean is true,
       (exchange ->> 'dns_ms')::numeric,
       (exchange ->> 'wait_ms')::numeric,
       (exchange ->> 'connect_ms')::numeric,
       (exchange ->> 'tls_ms')::numeric,
       (exchange ->> 'first_byte_ms')::numeric
from posthorn.deliveries
where attempts > 0;
