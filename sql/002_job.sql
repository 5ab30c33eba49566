-- Work that outlives a request: a queue that workers of all servers take from. See src/jobs.

create table job (
  -- Names the job to clients, who may ask for its result: not to be guessed.
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  input jsonb not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  created_at timestamptz not null default now(),
  -- Not before; later than created_at after a failure.
  run_at timestamptz not null default now(),
  -- Which run of which worker holds it: what no longer holds it changes nothing.
  claim uuid,
  heartbeat_at timestamptz,
  -- Runs since the last step forward.
  attempt integer not null default 0,
  -- Where the next run goes on.
  checkpoint jsonb,
  -- For people: `43 %, 12000 resources`.
  progress text,
  -- A resource.
  result jsonb,
  error text,
  ended_at timestamptz
);

create index job_open on job (created_at) where status in ('queued', 'running');
create index job_ended on job (ended_at) where ended_at is not null;
