/** What a search asks of Postgres: each statement as it was run, with its plan. PostgreSQL 18: EXPLAIN. */
import type { Queryable, Statement } from '../db/pool.ts';

export interface Recorded {
  readonly statement: Statement;
  readonly rows: number;
  readonly milliseconds: number;
}

export interface Explained extends Recorded {
  /** Of a second run, in text. */
  readonly plan: string;
}

/** @returns a connection that notes what is asked of it */
export function recorder(db: Queryable): { readonly db: Queryable; readonly recorded: readonly Recorded[] } {
  const recorded: Recorded[] = [];
  return {
    recorded,
    db: {
      async query<R extends object>(statement: Statement): Promise<R[]> {
        const start = performance.now();
        const rows = await db.query<R>(statement);
        recorded.push({ statement, rows: rows.length, milliseconds: performance.now() - start });
        return rows;
      },
    },
  };
}

/**
 * Runs the statements once more, for their plans.
 * @param db of a transaction that is read only, since `analyze` carries a statement out
 */
export async function plansOf(db: Queryable, recorded: readonly Recorded[]): Promise<Explained[]> {
  const explained: Explained[] = [];
  for (const one of recorded) {
    const { text, values = [] } = one.statement;
    // What only asks for a plan has none of its own.
    if (text.startsWith('explain ')) continue;
    const lines = await db.query<{ 'QUERY PLAN': string }>({ text: `explain (analyze, buffers, format text) ${text}`, values });
    explained.push({ ...one, plan: lines.map((line) => line['QUERY PLAN']).join('\n') });
  }
  return explained;
}
