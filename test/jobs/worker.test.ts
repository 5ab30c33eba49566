/** The queue and its workers: two of them on one database, runs that fail, die, are cancelled or told to stop. R4: async.html. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { Queryable } from '../../src/db/pool.ts';
import { advance, cancel, claim, complete, enqueue, fail, findJob, forget, heartbeat, mostAttempts, release, type Job, type JobStatus } from '../../src/jobs/queue.ts';
import { startWorker, type JobKind, type Worker } from '../../src/jobs/worker.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await database().write.query({ text: 'delete from job' });
});

const log = { info() {}, warn() {} };
function work(kinds: Readonly<Record<string, JobKind>>, db: Queryable = database().write): Worker {
  const worker = startWorker({ db, kinds, log, idle: 10, heartbeat: 20, abandonedAfter: 400 });
  workers.push(worker);
  return worker;
}

const find = async (id: string): Promise<Job> => (await findJob(database().read, id))!;
const reaches = (id: string, status: JobStatus): Promise<void> => expect.poll(async () => (await find(id)).status, { timeout: 15_000, interval: 20 }).toBe(status);

it('two workers carry out each job once, never the same at the same time', async () => {
  const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => enqueue(database().write, 'count', { n })));
  const underWay = new Set<string>();
  const runs: string[] = [];
  const kind = (name: string): JobKind => async ({ job }) => {
    expect(underWay.has(job.id)).toBe(false);
    underWay.add(job.id);
    runs.push(name);
    await sleep(5);
    underWay.delete(job.id);
    return { n: job.input };
  };
  work({ count: kind('a') });
  work({ count: kind('b') });
  for (const id of ids) await reaches(id, 'completed');
  expect(runs).toHaveLength(40);
  expect(new Set(runs)).toEqual(new Set(['a', 'b']));
  expect((await find(ids[7]!)).result).toEqual({ n: { n: 7 } });
});

it('leaves jobs of kinds that it does not know', async () => {
  const id = await enqueue(database().write, 'unknown', {});
  work({ known: async () => ({}) });
  await sleep(100);
  expect((await find(id)).status).toBe('queued');
});

it('goes on at the checkpoint where a run has failed, keeps its error until it completes, and gives up after so many runs without a step', async () => {
  const { write } = database();
  const id = await enqueue(write, 'steps', {});
  let job = (await claim(write, ['steps'], 1_000))!;
  await advance(write, job, { at: 1 }, '50 %');
  await fail(write, job, 'power failure');
  expect(await find(id)).toMatchObject({ status: 'queued', checkpoint: { at: 1 }, progress: '50 %', error: 'power failure' });
  // Later, and after that later still.
  expect(await claim(write, ['steps'], 1_000)).toBeUndefined();
  for (let n = 1; n < mostAttempts; n++) {
    expect((await find(id)).status).toBe('queued');
    await write.query({ text: 'update job set run_at = now()' });
    job = (await claim(write, ['steps'], 1_000))!;
    expect(job.checkpoint).toEqual({ at: 1 });
    await fail(write, job, `again ${n}`);
  }
  expect(await find(id)).toMatchObject({ status: 'failed', error: `again ${mostAttempts - 1}` });
});

it('a run that gives no sign of life is taken over, and what it does after that has no effect', async () => {
  const { write } = database();
  const id = await enqueue(write, 'steps', {});
  const dead = (await claim(write, ['steps'], 50))!;
  await advance(write, dead, { at: 3 }, '3');
  expect(await claim(write, ['steps'], 5_000)).toBeUndefined();
  await write.query({ text: "update job set heartbeat_at = now() - interval '1 minute'" });
  const taken = (await claim(write, ['steps'], 5_000))!;
  expect([taken.id, taken.checkpoint, taken.claim === dead.claim]).toEqual([id, { at: 3 }, false]);
  await expect(advance(write, dead, { at: 4 }, '4')).rejects.toThrow('not held');
  await expect(complete(write, dead, {})).rejects.toThrow('not held');
  expect([await heartbeat(write, dead), await release(write, dead), await fail(write, dead, 'x')]).toEqual([false, false, false]);
  expect(await heartbeat(write, taken)).toBe(true);
  expect(await find(id)).toMatchObject({ status: 'running', checkpoint: { at: 3 }, error: null });
});

it('a job that ends its workers is not run for ever', async () => {
  const { write } = database();
  const id = await enqueue(write, 'poison', {});
  for (let n = 0; n < mostAttempts; n++) {
    expect(await claim(write, ['poison'], 5_000)).toBeDefined();
    await write.query({ text: "update job set heartbeat_at = now() - interval '1 minute'" });
  }
  expect(await claim(write, ['poison'], 5_000)).toBeUndefined();
  expect(await find(id)).toMatchObject({ status: 'failed', error: 'its runs ended without a word' });
});

it('a worker that is told to stop ends its step, and another goes on at once', async () => {
  const { write } = database();
  const steps: string[] = [];
  const kind = (name: string, limit: number): JobKind => async ({ job, signal, advance: forward }) => {
    for (let at = (job.checkpoint as { at: number } | null)?.at ?? 0; at < limit; at++) {
      signal.throwIfAborted();
      await sleep(10);
      await forward(write, { at: at + 1 }, String(at + 1));
      steps.push(name);
    }
    return { steps: limit };
  };
  const first = work({ steps: kind('a', 1_000) });
  const id = await enqueue(write, 'steps', {});
  await expect.poll(() => steps.length).toBeGreaterThan(3);
  await first.stop();
  const { status, checkpoint } = await find(id);
  expect([status, (checkpoint as { at: number }).at]).toEqual(['queued', steps.length]);
  work({ steps: kind('b', steps.length + 5) });
  await reaches(id, 'completed');
  expect(steps.filter((name) => name === 'b')).toHaveLength(5);
});

it('a cancelled job ends by its next sign of life, and is there no more', async () => {
  const { write } = database();
  let ended: unknown;
  work({ endless: async ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject((ended = signal.reason)))) });
  const id = await enqueue(write, 'endless', {});
  await reaches(id, 'running');
  expect(await cancel(write, id)).toBe(true);
  await expect.poll(() => ended).toBeDefined();
  expect([(await find(id)).status, await cancel(write, id), await cancel(write, 'x'), await findJob(write, "1' or true")]).toEqual(['cancelled', false, false, undefined]);
  await forget(write, -1_000);
  expect(await findJob(write, id)).toBeUndefined();
});

it('outlives a database that is away for a while', async () => {
  const { write } = database();
  let isAway = true;
  work({ one: async () => ({}) }, { query: (statement) => (isAway ? Promise.reject(new Error('away')) : write.query(statement)) });
  const id = await enqueue(write, 'one', {});
  await sleep(50);
  isAway = false;
  await reaches(id, 'completed');
});

it('goes on where the clock was set back: times that lie ahead do not hold a job up', async () => {
  const { write } = database();
  const id = await enqueue(write, 'steps', {});
  await write.query({ text: "update job set run_at = now() + interval '1 hour'" });
  expect((await claim(write, ['steps'], 5_000))!.id).toBe(id);
  expect(await claim(write, ['steps'], 5_000)).toBeUndefined();
  await write.query({ text: "update job set heartbeat_at = now() + interval '1 hour'" });
  expect((await claim(write, ['steps'], 5_000))!.id).toBe(id);
});
