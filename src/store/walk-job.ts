/**
 * A job that looks at all resources of some types as they are stored, type after type in the order of rid, some hundred to a step, and changes none.
 * A step ends with a checkpoint of its place and of what has been found, and holds no transaction while it looks: its texts are read by one statement.
 */
import { setImmediate } from 'node:timers/promises';
import type { Lane, Queryable } from '../db/pool.ts';
import { createPause } from '../db/slices.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../fhir/json/value.ts';
import type { JobKind, Run } from '../jobs/worker.ts';

export const validateStoredKind = 'validate-stored';

export interface WalkInput {
  readonly types: readonly string[];
}

interface Checkpoint<F> {
  /** Place among the types. */
  readonly type: number;
  readonly after: string;
  /** Highest rid of the type, as it was when its turn came. */
  readonly end: string | null;
  readonly resources: number;
  readonly found: F;
}

/** Resources a step: as much as is done again after a crash. */
const stepSize = 200;

export interface WalkOptions<I extends WalkInput, F> {
  /** Where texts are read, and where checkpoints are written. */
  readonly db: { readonly search: Lane; readonly write: Lane };
  /** @param kept what the checkpoint has; undefined in the beginning */
  readonly begin: (kept: F | undefined) => F;
  /** Called before each step; gives what looks at a resource, and adds to what has been found. */
  readonly look: (input: I) => Promise<(found: F, resource: JsonObject) => void>;
  /** @returns the result, a resource */
  readonly result: (found: F) => object;
  /** Resources a step. */
  readonly step?: number;
}

export function walkJob<I extends WalkInput, F>(options: WalkOptions<I, F>): JobKind {
  return async (run) => {
    const { types } = run.job.input as I;
    const kept = run.job.checkpoint as Checkpoint<F> | null;
    let at: Checkpoint<F> = kept === null ? { type: 0, after: '0', end: null, resources: 0, found: options.begin(undefined) } : { ...kept, found: options.begin(kept.found) };
    while (at.type < types.length) {
      run.signal.throwIfAborted();
      at = await step(at, types, run, options);
    }
    return options.result(at.found);
  };
}

async function step<I extends WalkInput, F>(at: Checkpoint<F>, types: readonly string[], run: Run, { db, look, step: size = stepSize }: WalkOptions<I, F>): Promise<Checkpoint<F>> {
  const type = types[at.type]!;
  const end = at.end ?? (await highest(db.search, type));
  const rows = await read(db.search, type, at.after, end, size);
  const lookAt = await look(run.job.input as I);
  const pause = createPause();
  for (const { body } of rows) {
    if (body !== null) lookAt(at.found, parseJson(compactJson(Buffer.from(body))) as JsonObject);
    await pause();
  }
  const done = { ...at, end, resources: at.resources + rows.length };
  const next: Checkpoint<F> = rows.length === size ? { ...done, after: rows.at(-1)!.rid } : { ...done, type: at.type + 1, after: '0', end: null };
  await run.advance(db.write, next, progressOf(next, types.length));
  // Where all was short, others have not had their turn.
  await setImmediate();
  return next;
}

function progressOf({ type, after, end, resources }: Checkpoint<unknown>, types: number): string {
  const share = end === null || end === '0' ? 0 : Number(after) / Number(end);
  return `${Math.floor((100 * Math.min(type + share, types)) / types)} %, ${resources} resources`;
}

async function highest(db: Queryable, type: string): Promise<string> {
  const [row] = await db.query<{ rid: string }>({ text: 'select coalesce(max(rid), 0) as rid from resource_key where type = $1 and rid > 0', values: [type] });
  return row!.rid;
}

/** By the index on rid of the type's partition: `resource` has none by type and rid. */
const read = (db: Queryable, type: string, after: string, end: string, size: number): Promise<{ rid: string; body: string | null }[]> => db.query({
  text: `select rid, body from (select rid from resource_key where type = $1 and rid > $2 and rid <= $3 order by rid limit $4) of_type
    join resource using (rid) order by rid`,
  values: [type, after, end, size],
});
