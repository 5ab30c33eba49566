-- The stamp of a transaction, for statements that write what they stamp. ARCHITECTURE.md "Time".

-- Not below what anyone was told, nor below the transaction's start, however the clock is set meanwhile. To be called when the transaction shows as a
-- writer, by a statement that began behind that.
create function take_stamp() returns timestamptz language sql volatile as $$
  select date_trunc('milliseconds', greatest(clock_timestamp(), transaction_timestamp(), (select to_timestamp(last_value / 1000::float8) from change_horizon)))
$$;

-- Has the transaction share the lock of the definitions and show as a writer, and then takes its stamp: what else takes two statements. Fails with
-- VB001 where the definitions are of another version than expected.
create function begin_writing(lock_class integer, expected bigint) returns timestamptz language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(lock_class, 0), pg_current_xact_id();
  if expected <> (select version from index_format) then
    raise exception 'The index is of another version than %', expected using errcode = 'VB001';
  end if;
  return take_stamp();
end
$$;
