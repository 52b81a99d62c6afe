-- Rejects an event that the HTTP API would reject, because Posthorn must not store what it cannot
-- read or send. The numbers are those of limits.ts; a test compares them.
create or replace function posthorn.check_event(
  org_id text, event_type text, data jsonb, data_text text, event_at timestamptz,
  idempotency_key text, external_id text, channels text[], tags text[]
) returns void
language plpgsql stable as $$
#variable_conflict use_variable
declare
  body_bytes_max constant integer := 262144;
  json_depth_max constant integer := 512;
  key_chars_max constant integer := 256;
  id_chars_max constant integer := 256;
  channels_max constant integer := 10;
  channel_form constant text := '^[A-Za-z0-9_.:+-]{1,128}$';
  tags_max constant integer := 10;
  tag_chars_max constant integer := 128;
  control_characters constant text := '[\u0001-\u001f\u007f-\u009f]';
begin
  if org_id is null or event_type is null or data is null or data = 'null' then
    raise exception 'posthorn.publish needs org_id, event_type and data; none of them can be null.'
      using errcode = 'null_value_not_allowed';
  end if;
  if char_length(org_id) not between 1 and id_chars_max or org_id ~ control_characters then
    raise exception 'The org''s id has % characters; text of 1 to % characters without control '
          'characters is allowed.', char_length(org_id), id_chars_max
      using errcode = 'invalid_parameter_value';
  end if;
  if char_length(external_id) not between 1 and id_chars_max
      or external_id !~ '^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$' then
    raise exception 'The external id has % characters; 1 to % visible ASCII characters with spaces '
          'inside are allowed.', char_length(external_id), id_chars_max
      using errcode = 'invalid_parameter_value';
  end if;
  -- Only the prober publishes its type, and not through this function.
  if event_type = 'posthorn.probe'
      or not exists (select from posthorn.event_types as known where known.name = event_type) then
    raise exception 'Event type % is not in the catalogue.', quote_ident(event_type)
      using errcode = 'foreign_key_violation',
            hint = 'Add it to posthorn.event_types through POST /rest/v1/webhook_event_types.';
  end if;
  -- This also rejects an infinite timestamp.
  if event_at < timestamptz '0001-01-01 00:00:00+00'
      or event_at >= timestamptz '10000-01-01 00:00:00+00' then
    raise exception 'The event''s timestamp is %; the years 1 to 9999 (UTC) are allowed.', event_at
      using errcode = 'datetime_field_overflow';
  end if;
  if octet_length(data_text) > body_bytes_max then
    raise exception 'The event''s data has % bytes; at most % are allowed.',
        octet_length(data_text), body_bytes_max
      using errcode = 'program_limit_exceeded';
  end if;
  -- The depth is only checked if the text has enough brackets. Almost no text has.
  if length(data_text) - length(translate(data_text, '[{', '')) > json_depth_max
      and jsonb_path_exists(
        data,
        format('strict $.**{%s} ? (@.type() == "object" || @.type() == "array")', json_depth_max)
          ::jsonpath) then
    raise exception 'The event''s data nests deeper than % levels.', json_depth_max
      using errcode = 'program_limit_exceeded';
  end if;
  if channels is not null and (
    array_ndims(channels) > 1 or cardinality(channels) > channels_max
    or exists (select from unnest(channels) as each where (each ~ channel_form) is not true)
  ) then
    raise exception 'The channels cannot be used; at most % are allowed, each of 1 to 128 letters, '
          'digits and _ . : + -.', channels_max
      using errcode = 'invalid_parameter_value';
  end if;
  if tags is not null and (
    array_ndims(tags) > 1 or cardinality(tags) > tags_max
    or exists (
      select from unnest(tags) as each
      where (char_length(each) between 1 and tag_chars_max and each !~ control_characters)
        is not true)
  ) then
    raise exception 'The tags cannot be used; at most % are allowed, each of 1 to % characters '
          'without control characters.', tags_max, tag_chars_max
      using errcode = 'invalid_parameter_value';
  end if;
  if idempotency_key = '' then
    raise exception 'The idempotency key is empty; 1 to % characters are allowed.', key_chars_max
      using errcode = 'invalid_parameter_value';
  end if;
  -- HTTP counts UTF-16 units, so a character beyond U+FFFF counts as two. A key with far too many
  -- bytes is rejected without counting, because counting 10 MB took 14 s.
  if (case
        when octet_length(idempotency_key) > 4 * key_chars_max then true
        else length(idempotency_key)
          + length(regexp_replace(idempotency_key, '[^\U00010000-\U0010FFFF]', '', 'g'))
          > key_chars_max
      end) then
    raise exception 'The idempotency key has % characters; at most % are allowed.',
        length(idempotency_key), key_chars_max
      using errcode = 'program_limit_exceeded';
  end if;
end
$$;
