/** A worker: takes jobs from the queue one after another, shows that it lives, and stops between two steps of a job when it is told to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../db/pool.ts';
import { advance, claim, complete, fail, forget, heartbeat, JobLost, release, type Claimed } from './queue.ts';

/** What a run of a job is given. */
export interface Run {
  readonly job: Claimed;
  /** Aborts when the worker stops or the job is lost; to be looked at between steps. */
  readonly signal: AbortSignal;
  /** Notes a step forward in the step's own transaction; throws JobLost, so that it is rolled back where another run has the job. */
  advance(tx: Queryable, checkpoint: object, progress: string): Promise<void>;
}

/**
 * Carries out a job in steps, each a transaction that ends with `advance`; a later run goes on at the checkpoint.
 * @returns the result, a resource
 */
export type JobKind = (run: Run) => Promise<object>;

export interface WorkerOptions {
  readonly db: Queryable;
  readonly kinds: Readonly<Record<string, JobKind>>;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Milliseconds between looks at an empty queue. */
  readonly idle?: number;
  /** Milliseconds between signs of life, and without one until a job counts as abandoned. */
  readonly heartbeat?: number;
  readonly abandonedAfter?: number;
}

export interface Worker {
  /** Ends the step under way, gives its job back, and takes no more. */
  stop(): Promise<void>;
}

/** Jobs that have ended are kept for a day. */
const keptFor = 24 * 60 * 60 * 1000;

/** Starts a worker. */
export function startWorker(options: WorkerOptions): Worker {
  const stopping = new AbortController();
  const ended = work(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function work(options: WorkerOptions, stopping: AbortSignal): Promise<void> {
  const { db, kinds, log, idle = 1_000, abandonedAfter = 10_000 } = options;
  const names = Object.keys(kinds);
  let isAway = false;
  while (!stopping.aborted) {
    try {
      const job = await claim(db, names, abandonedAfter);
      isAway = false;
      if (job === undefined) {
        await forget(db, keptFor);
        await sleep(idle, undefined, { signal: stopping, ref: false }).catch(() => {});
      } else await carryOut(job, options, stopping);
    } catch (error) {
      if (!isAway) log.warn({ error: String(error) }, 'the queue of jobs cannot be read');
      isAway = true;
      await sleep(idle, undefined, { signal: stopping, ref: false }).catch(() => {});
    }
  }
}

async function carryOut(job: Claimed, { db, kinds, log, heartbeat: interval = 2_000 }: WorkerOptions, stopping: AbortSignal): Promise<void> {
  const { id, kind } = job;
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  // A heartbeat that fails is made up for by the next; the fence holds whatever happens.
  const timer = setInterval(() => void heartbeat(db, job).then((isHeld) => isHeld || lost.abort(), () => {}), interval);
  log.info({ job: id, kind }, 'job begins');
  try {
    const result = await kinds[kind]!({ job, signal, advance: (tx, checkpoint, progress) => advance(tx, job, checkpoint, progress) });
    await complete(db, job, result);
    log.info({ job: id, kind }, 'job completed');
  } catch (error) {
    if (error instanceof JobLost || lost.signal.aborted) log.info({ job: id, kind }, 'job was cancelled or taken over');
    else if (stopping.aborted) await release(db, job);
    else {
      log.warn({ job: id, kind, error: error instanceof Error ? error.stack : String(error) }, 'job failed');
      await fail(db, job, error instanceof Error ? error.message : String(error));
    }
  } finally {
    clearInterval(timer);
  }
}
