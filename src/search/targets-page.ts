/** Pages of what refers to few resources, such as a chain has led to, where no more is asked: however much refers to them, no more of it is read than pages have room for. */
import { int8Array } from '../db/arrays.ts';
import { raw, sql, type Sql } from '../db/sql.ts';
import type { Condition } from './condition.ts';
import { beyondRid, type PageRequest } from './compile.ts';
import { partition } from './partition.ts';
import { literal } from './prepared.ts';
import type { Query } from './query.ts';

type Targets = Extract<Condition, { kind: 'targets' }>;

/** @returns the references that are all that is asked for; undefined where more is asked, or another order */
export function loneTargets({ sort }: Query, conditions: readonly Condition[]): Targets | undefined {
  const [only, ...others] = conditions;
  return sort.length === 0 && others.length === 0 && only?.kind === 'targets' ? only : undefined;
}

/** @returns the same rows as `setStatement` in bounded.ts gives, without their number: what refers to one resource stands in the order of the page */
export function targetsPage(type: string, { param, rids }: Targets, { start, limit }: PageRequest): Sql {
  const way = raw(start?.direction === 'before' ? 'desc' : 'asc');
  return sql`
    with m as materialized (
      select distinct x.rid from unnest(${int8Array(rids.map(BigInt))}::bigint[]) as t(target) cross join lateral (
        select x.rid from ${partition('resource_reference', type)} x where x.param = ${param}::integer and x.target = t.target and x.rid > 0${beyondRid('x.rid', start)}
        order by x.rid ${way} limit ${literal(limit)}) x
      order by x.rid ${way} limit ${literal(limit)})
    select r.rid, r.type, r.id, r.version, r.last_updated, r.body, null as total
    from m join resource r using (rid)
    order by m.rid`;
}
