-- Whether a page of rows is still within its limit in bytes. A statement calls this function for
-- each row of a page in order, and page_row.sql only if it returns true. So the rows beyond the
-- limit are neither read from where PostgreSQL keeps long values nor converted to text: a page of
-- 1,000 events may have 240 MB.
--
-- The count is a setting that ends with the transaction, because no window function stops early. So
-- a transaction can read one page.
create or replace function posthorn.page_has_room(bytes_max integer) returns boolean
language plpgsql volatile parallel unsafe as $$
begin
  return coalesce(nullif(current_setting('posthorn.page_bytes', true), '')::integer, 0)
    <= bytes_max;
end
$$;
