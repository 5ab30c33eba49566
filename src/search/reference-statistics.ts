/**
 * Statistics of references, which chains and `_has` are planned by. Autovacuum makes them some time after a load, and not at all where Postgres ended
 * abruptly or was restored meanwhile: until then Postgres takes each resource to be referred to by hundreds, and looks at rows one by one (26 s, where 0.2
 * will do). So whoever asks first has them made, in some ten milliseconds.
 */
import type { Lane } from '../db/pool.ts';
import type { Condition, Linked } from './condition.ts';
import { partition } from './partition.ts';

export interface ReferenceStatistics {
  /**
   * Has the tables of references that the criteria lead through analysed, where they were not since they had half of what they have.
   * @param db outside of the transaction that searches: that may be a read-only one, and others are to have them too
   */
  ensure(db: Lane, branches: readonly Linked[]): Promise<void>;
}

/** Milliseconds for which tables are taken as they were. */
const lifetime = 1_000;
/** Of smaller tables any plan will do. In pages. */
const fewPages = 32;
/** Milliseconds to wait for a vacuum of the table: autovacuum makes way after one second. */
const lockTimeout = 3_000;

/** @returns statistics that one analysis at a time makes, since a second one would wait for the first */
export function createReferenceStatistics(): ReferenceStatistics {
  const checked = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();
  const analyse = async (db: Lane, tables: readonly string[]): Promise<void> => {
    const now = performance.now();
    const due = tables.filter((table) => now - (checked.get(table) ?? -Infinity) >= lifetime);
    if (due.length === 0) return;
    for (const table of await unknown(db, due)) await db.transaction({ lockTimeout }, (tx) => tx.query({ text: `analyze ${table}` }));
    for (const table of due) checked.set(table, performance.now());
  };
  return {
    async ensure(db, branches) {
      const tables = [...new Set(branches.flatMap(({ type, conditions }) => conditions.flatMap((condition) => led(type, condition))))].map((type) => partition('resource_reference', type).text);
      if (tables.length === 0) return;
      // Nothing that is answered depends on it but the time it takes: what Postgres refuses here, it says of the search as well, or not.
      last = last.then(() => analyse(db, tables)).catch(() => {});
      await last;
    },
  };
}

/** @returns the types whose references a condition on a type looks at */
function led(type: string, condition: Condition): string[] {
  switch (condition.kind) {
    case 'chain': return condition.any.length === 0 ? [] : [type, ...condition.any.flatMap((one) => one.conditions.flatMap((inner) => led(one.type, inner)))];
    case 'has': return [condition.source.type, ...condition.source.conditions.flatMap((inner) => led(condition.source.type, inner))];
    case 'hierarchy': return [type, condition.type];
    case 'list': return ['List'];
    case 'not': return led(type, condition.condition);
    case 'all': case 'any': return condition.conditions.flatMap((inner) => led(type, inner));
    default: return [];
  }
}

/** @returns those of the tables that Postgres has no statistics of, or such as were made when they had less than half of their pages */
async function unknown(db: Lane, tables: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ name: string }>({
    name: 'unknown_tables',
    text: `select c.relname as name from pg_class c cross join lateral (select pg_relation_size(c.oid) / current_setting('block_size')::integer as pages) p
      where c.oid = any($1::text[]::regclass[]) and p.pages > ${fewPages} and (p.pages > 2 * c.relpages
        or not exists (select from pg_stats s where s.schemaname = any(current_schemas(false)) and s.tablename = c.relname))`,
    values: [tables],
  });
  return rows.map(({ name }) => name);
}
