/**
 * The queue of jobs in Postgres. A job is held by one run of one worker at a time, which shows by heartbeats that it lives; what a run changes
 * is fenced by its claim, so that a run that was given up for dead and is not changes nothing. R4: async.html.
 */
import type { Queryable, Statement } from '../db/pool.ts';

export type JobStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly status: JobStatus;
  readonly input: unknown;
  /** What the last step left; null before the first. */
  readonly checkpoint: unknown;
  readonly progress: string | null;
  /** A resource; of a completed one. */
  readonly result: unknown;
  /** Of the last run that failed. */
  readonly error: string | null;
}

/** A job that this run holds. */
export interface Claimed extends Job {
  readonly claim: string;
}

/** The run does not hold the job any more: it was cancelled, or given up for dead and taken over. */
export class JobLost extends Error {
  override readonly name = 'JobLost';
}

/** Runs of a job without a step forward until it has failed. */
export const mostAttempts = 5;

const columns = 'id, kind, status, input, checkpoint, progress, result, error';

/** Gives `{ id }` of a new job. To be sent in the transaction that makes it necessary. */
export const enqueueStatement = (kind: string, input: object): Statement => ({
  name: 'enqueue_job', text: 'insert into job (kind, input) values ($1, $2) returning id', values: [kind, JSON.stringify(input)],
});

/** @returns the job's id */
export async function enqueue(db: Queryable, kind: string, input: object): Promise<string> {
  const [row] = await db.query<{ id: string }>(enqueueStatement(kind, input));
  return row!.id;
}

/** A time that lies further ahead than any is ever set was set before the clock was put back. */
const isDue = `run_at not between now() and now() + make_interval(secs => ${2 ** mostAttempts})`;
const isAbandoned = 'heartbeat_at not between now() - make_interval(secs => $2::float8 / 1000) and now() + make_interval(secs => $2::float8 / 1000)';

/**
 * Takes the oldest job that waits, or one whose run shows no more that it lives.
 * @param abandonedAfter milliseconds without a heartbeat
 * @returns undefined where there is nothing to do
 */
export async function claim(db: Queryable, kinds: readonly string[], abandonedAfter: number): Promise<Claimed | undefined> {
  await db.query({
    name: 'give_up_job',
    text: `update job set status = 'failed', claim = null, ended_at = now(), error = coalesce(error, 'its runs ended without a word')
      where status = 'running' and attempt >= $1 and ${isAbandoned}`,
    values: [mostAttempts, abandonedAfter],
  });
  const [row] = await db.query<Claimed>({
    name: 'claim_job',
    text: `update job set status = 'running', claim = gen_random_uuid(), heartbeat_at = now(), attempt = attempt + 1
      where id = (select id from job
        where kind = any($1::text[]) and ((status = 'queued' and ${isDue}) or (status = 'running' and ${isAbandoned}))
        order by created_at limit 1 for update skip locked)
      returning ${columns}, claim`,
    values: [kinds, abandonedAfter],
  });
  return row;
}

/** @returns whether the run still holds the job */
export const heartbeat = (db: Queryable, job: Claimed): Promise<boolean> => fenced(db, job, 'heartbeat_at = now()', []);

/**
 * Notes a step forward, in the transaction of the step itself: both take effect or neither.
 * @throws JobLost
 */
export async function advance(db: Queryable, job: Claimed, checkpoint: object, progress: string): Promise<void> {
  if (!(await fenced(db, job, 'heartbeat_at = now(), attempt = 1, checkpoint = $3, progress = $4', [JSON.stringify(checkpoint), progress]))) throw lost(job);
}

/** @throws JobLost */
export async function complete(db: Queryable, job: Claimed, result: object): Promise<void> {
  if (!(await fenced(db, job, "status = 'completed', claim = null, ended_at = now(), error = null, result = $3", [JSON.stringify(result)]))) throw lost(job);
}

/** Gives a job back as it is, for another worker to go on with at once. */
export const release = (db: Queryable, job: Claimed): Promise<boolean> => fenced(db, job, "status = 'queued', claim = null, attempt = greatest(attempt - 1, 0)", []);

/** Keeps the error, and has the job run again later, each time after twice as long; the last time it has failed. */
export const fail = (db: Queryable, job: Claimed, error: string): Promise<boolean> => fenced(db, job, `claim = null, error = $3,
  status = case when attempt >= $4::integer then 'failed' else 'queued' end, ended_at = case when attempt >= $4::integer then now() end,
  run_at = now() + make_interval(secs => power(2, attempt - 1))`, [error, mostAttempts]);

async function fenced(db: Queryable, { id, claim: own }: Claimed, change: string, values: readonly unknown[]): Promise<boolean> {
  const rows = await db.query({ text: `update job set ${change} where id = $1 and claim = $2 and status = 'running' returning id`, values: [id, own, ...values] });
  return rows.length > 0;
}

const lost = ({ id }: Claimed): JobLost => new JobLost(`Job ${id} is not held any more`);

const isJobId = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/** @returns undefined where there is none of that id */
export async function findJob(db: Queryable, id: string): Promise<Job | undefined> {
  if (!isJobId(id)) return undefined;
  const [row] = await db.query<Job>({ name: 'find_job', text: `select ${columns} from job where id = $1`, values: [id] });
  return row;
}

/**
 * Ends a job that has not ended, and forgets one that has; a run that holds it learns of it by its next step or heartbeat.
 * @returns whether there was one
 */
export async function cancel(db: Queryable, id: string): Promise<boolean> {
  if (!isJobId(id)) return false;
  const rows = await db.query({ name: 'cancel_job', text: "update job set status = 'cancelled', claim = null, result = null, ended_at = now() where id = $1 and status <> 'cancelled' returning id", values: [id] });
  return rows.length > 0;
}

/** Forgets jobs that ended so long ago. */
export async function forget(db: Queryable, milliseconds: number): Promise<void> {
  await db.query({ name: 'forget_jobs', text: 'delete from job where ended_at < now() - make_interval(secs => $1::float8 / 1000)', values: [milliseconds] });
}
