/**
 * The job `reindex`: all resources of some types, type after type in the order of rid, some hundred to a transaction, each of which ends with
 * a checkpoint. Resources that contain one of the types are among them, since what is contained is indexed with its container.
 *
 * What is created after the definitions changed has its rows by the new ones, so that a type is done at the highest rid that it had then.
 */
import type { Lane, Queryable, Statement, Transaction } from '../db/pool.ts';
import type { JobKind, Run } from '../jobs/worker.ts';
import type { SearchIndex } from '../search/extract.ts';
import { definitionsLock, DefinitionsChanged } from './definitions-lock.ts';
import { reindexResources } from './reindex.ts';

export const reindexKind = 'reindex';

export interface ReindexInput {
  readonly types: readonly string[];
}

interface Checkpoint {
  /** Place among the types. */
  readonly type: number;
  /** The resources of the type, then those that contain one. */
  readonly phase: 'own' | 'containers';
  readonly after: string;
  /** Highest rid of the phase, as it was when it began. */
  readonly end: string | null;
  readonly resources: number;
  readonly changed: number;
}

const start: Checkpoint = { type: 0, phase: 'own', after: '0', end: null, resources: 0, changed: 0 };

/** Resources a transaction: as long as writers wait for it at most. */
const stepSize = 200;

export interface ReindexOptions {
  readonly db: Lane;
  readonly index: () => Pick<SearchIndex, 'extract' | 'knownShapes' | 'version'>;
  /** Looks whether the definitions have changed. */
  readonly refresh: () => Promise<unknown>;
  /** Resources a transaction. */
  readonly step?: number;
}

/** @returns the kind of job; its result is Parameters */
export function reindexJob(options: ReindexOptions): JobKind {
  return async (run) => {
    const { types } = run.job.input as ReindexInput;
    let at = (run.job.checkpoint ?? start) as Checkpoint;
    while (at.type < types.length) {
      run.signal.throwIfAborted();
      try {
        at = await options.db.transaction({}, (tx) => step(tx, at, types, run, options));
      } catch (error) {
        if (!(error instanceof DefinitionsChanged)) throw error;
        await options.refresh();
      }
    }
    await settle(options.db, run.job.id);
    return { resourceType: 'Parameters', parameter: [{ name: 'resources', valueInteger: at.resources }, { name: 'changed', valueInteger: at.changed }] };
  };
}

async function step(tx: Transaction, at: Checkpoint, types: readonly string[], run: Run, { index, step: size = stepSize }: ReindexOptions): Promise<Checkpoint> {
  const type = types[at.type]!;
  const end = at.end ?? (await highest(tx, type, at.phase));
  const rids = (await tx.query<{ rid: string }>(selections[at.phase](type, at.after, end, size))).map(({ rid }) => BigInt(rid));
  const changed = rids.length === 0 ? 0 : await reindexResources(tx, rids, index());
  const done = { ...at, end, resources: at.resources + rids.length, changed: at.changed + changed };
  const next: Checkpoint = rids.length === size ? { ...done, after: String(rids.at(-1)) }
    : at.phase === 'own' ? { ...done, phase: 'containers', after: '0', end: null }
    : { ...done, type: at.type + 1, phase: 'own', after: '0', end: null };
  await run.advance(tx, next, progressOf(next, types.length));
  return next;
}

/** A type's share ends with its own resources: containers are few. */
function progressOf({ type, phase, after, end, resources }: Checkpoint, types: number): string {
  const share = phase === 'containers' ? 1 : end === null || end === '0' ? 0 : Number(after) / Number(end);
  return `${Math.floor((100 * Math.min(type + share, types)) / types)} %, ${resources} resources`;
}

const containers = '-(rid / 4096)';

async function highest(db: Queryable, type: string, phase: Checkpoint['phase']): Promise<string> {
  const [row] = await db.query<{ rid: string }>({
    text: phase === 'own' ? 'select coalesce(max(rid), 0) as rid from resource_key where type = $1 and rid > 0'
      : `select coalesce(-(min(rid) / 4096), 0) as rid from resource_key where type = $1 and rid < 0`,
    values: [type],
  });
  return row!.rid;
}

/** By the index on rid of the type's partition. A contained resource has the rid -(4096 * rid of the container + its place). */
const selections: Readonly<Record<Checkpoint['phase'], (type: string, after: string, end: string, size: number) => Statement>> = {
  own: (type, after, end, size) => ({ text: 'select rid from resource_key where type = $1 and rid > $2 and rid <= $3 order by rid limit $4', values: [type, after, end, size] }),
  containers: (type, after, end, size) => ({
    text: `select distinct ${containers} as rid from resource_key where type = $1 and rid < -(4096 * $2::bigint + 4095) and rid >= -(4096 * $3::bigint + 4095) order by ${containers} limit $4`,
    values: [type, after, end, size],
  }),
};

/** What waited for the job is indexed. The version rises, so that all servers learn of it. */
async function settle(db: Lane, id: string): Promise<void> {
  await db.transaction({}, async (tx) => {
    await tx.query(definitionsLock(true));
    await tx.query({
      text: `with settled as (update posted_parameter set job = null where job = $1 returning 1)
        update index_format set version = version + 1, rebuild = nullif(rebuild, $1) where rebuild = $1 or exists (select from settled)`,
      values: [id],
    });
  });
}

/**
 * Queues a reindex of the types. Parameters of them that waited for another, such as one that was cancelled, wait for this one.
 * @returns the job's id
 */
export async function enqueueReindex(db: Queryable, types: readonly string[]): Promise<string> {
  const input: ReindexInput = { types };
  const [row] = await db.query<{ id: string }>({
    text: `with queued as (insert into job (kind, input) values ($1, $2) returning id),
        moved as (update posted_parameter set job = (select id from queued) where job is not null and types <@ $3::text[] returning 1),
        raised as (update index_format set version = version + 1 where exists (select from moved))
      select id from queued`,
    values: [reindexKind, JSON.stringify(input), types],
  });
  return row!.id;
}
