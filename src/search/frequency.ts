/**
 * How often keys occur, as Postgres's statistics have it (pg_stats.most_common_elems): what tells a rare criterion from a popular one
 * before any statement is made. An estimate only; nothing that is answered depends on it but the time it takes.
 */
import type { Queryable } from '../db/pool.ts';
import type { Key } from './keys.ts';
import { createRangeCounts, type RangeCounts } from './range-counts.ts';

export interface Frequency {
  /** About how many rows the index has for the type, contained resources included; Infinity where it was never analysed. */
  readonly rows: number;
  /** About how many of them hold the key; Infinity where it was never analysed. */
  key(key: Key): number;
  /** Of no statistics, but as good. */
  readonly counts: RangeCounts;
}

export interface Frequencies {
  of(db: Queryable, type: string): Promise<Frequency>;
}

/** Milliseconds for which statistics are taken as they were. */
const lifetime = 60_000;

/**
 * @returns statistics by type, kept for a minute; while one reads them anew, the former ones serve the others. Nobody waits for what another reads: who has a
 * connection would wait for one who waits for a connection.
 */
export function createFrequencies(): Frequencies {
  const known = new Map<string, { since: number; readonly value: Frequency }>();
  const counts = createRangeCounts();
  return {
    async of(db, type) {
      const found = known.get(type);
      if (found !== undefined && performance.now() - found.since < lifetime) return found.value;
      if (found !== undefined) found.since = performance.now();
      const value = { ...(await read(db, type)), counts };
      known.set(type, { since: performance.now(), value });
      return value;
    },
  };
}

interface Row {
  rows: number;
  keys: string | null;
  shares: number[] | null;
}

async function read(db: Queryable, type: string): Promise<Omit<Frequency, 'counts'>> {
  const [row] = await db.query<Row>({
    name: 'frequency',
    // By the name of the table as it is: by a join with pg_class all statistics of the database are read (7 ms).
    text: `select (select c.reltuples::float8 from pg_class c where c.oid = $1::regclass) as rows, s.most_common_elems::text as keys, s.most_common_elem_freqs::float8[] as shares
      from (values (true)) as one left join pg_stats s on s.schemaname = any(current_schemas(false)) and s.tablename = $1 and s.attname = 'keys'`,
    values: [`resource_key_${type.toLowerCase()}`],
  });
  const { rows, keys, shares } = row!;
  if (rows <= 0 || keys === null || shares === null) return { rows: Infinity, key: () => Infinity };
  const share = new Map(keys.slice(1, -1).split(',').map((key, n) => [BigInt(key), shares[n]!]));
  // Behind the shares of the keys stand the least and the greatest of them: what is not listed is rarer than the least.
  const least = shares[share.size] ?? 0;
  return { rows, key: (key) => rows * (share.get(key) ?? least) };
}
