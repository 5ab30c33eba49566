/** The page that is asked for most: of one type, by one criterion of keys that selects few, in the order of creation. Its plan is the same for all keys (prepared.ts). */
import { int8Array } from '../db/arrays.ts';
import { empty, raw, sql, type Sql } from '../db/sql.ts';
import type { Condition } from './condition.ts';
import type { PageRequest } from './compile.ts';
import { partition } from './partition.ts';
import { literal } from './prepared.ts';
import type { Query } from './query.ts';
import { isFewKeys } from './terms.ts';

/** @returns the keys that are all that is asked for, any of which must be held; undefined where more is asked, or another order */
export function loneKeys({ sort }: Query, conditions: readonly Condition[]): readonly bigint[] | undefined {
  const [only, ...others] = conditions;
  return sort.length === 0 && others.length === 0 && only?.kind === 'keys' && isFewKeys(only) ? only.any : undefined;
}

/** @returns the same rows as `setStatement` in bounded.ts gives */
export function keysPage(type: string, keys: readonly bigint[], { start, limit }: PageRequest): Sql {
  const isBackwards = start?.direction === 'before';
  const way = raw(isBackwards ? 'desc' : 'asc');
  const from = start === undefined ? empty : sql` where k0.rid ${raw(isBackwards ? '<' : '>')} ${start.rid}::bigint`;
  return sql`
    with k0 as materialized (select k0.rid from ${partition('resource_key', type)} k0 where k0.rid > 0 and k0.keys && ${int8Array(keys)}::bigint[]),
      m as materialized (select k0.rid from k0${from} order by k0.rid ${way} limit ${literal(limit)})
    select r.rid, r.type, r.id, r.version, r.last_updated, r.body, (select count(*) from k0) as total
    from m join resource r using (rid)
    order by m.rid`;
}
