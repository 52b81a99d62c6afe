-- Adds a row's bytes to the count of page_has_room.sql. Returns null if the row does not fit. Then
-- later rows do not fit either. `separator_bytes` is the length of the text between two rows.
create or replace function posthorn.page_row(
  row_text text, separator_bytes integer, bytes_max integer
) returns text
language plpgsql volatile parallel unsafe as $$
declare
  used integer := coalesce(nullif(current_setting('posthorn.page_bytes', true), '')::integer, 0)
    + octet_length(row_text) + separator_bytes;
begin
  perform set_config('posthorn.page_bytes', used::text, true);
  return case when used <= bytes_max then row_text end;
end
$$;
