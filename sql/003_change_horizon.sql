-- The time below which no change can be made any more, because someone was told so. ARCHITECTURE.md "Time".

-- Milliseconds since 1970, exclusive. A sequence, since it is changed in place, and seen at once by writers that have begun before: a row
-- would leave a dead version at each look, for as long as any snapshot is open (a backup), to be walked over by each writer.
create sequence change_horizon minvalue 0 start with 0;

-- Raises the horizon above every stamp that has been given before the call, and gives it. Durable when the statement has ended, so that it
-- holds after a crash, and however the clock is set. One call at a time; who has waited for another that looked at the clock later than
-- it came has nothing left to do. Where the clock was set back the horizon goes on by a millisecond a call until the clock has caught up.
create function advance_change_horizon() returns bigint language plpgsql volatile as $$
declare
  came constant numeric := extract(epoch from statement_timestamp()) * 1000;
  known bigint;
  clock bigint;
begin
  perform pg_advisory_xact_lock(1128813138, 0);
  clock := floor(extract(epoch from clock_timestamp()) * 1000);
  select last_value into known from change_horizon;
  if known > came and known <= clock + 1 then return known; end if;
  return setval('change_horizon', greatest(clock, known) + 1);
end
$$;
