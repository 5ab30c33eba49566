/**
 * The two forms of a page of one type that never run away: walk the first so many resources in the order of the page, or find all that
 * the rarest criterion selects. DECISIONS.md "Pages" has the figures.
 */
import { empty, join, raw, sql, type Sql } from '../db/sql.ts';
import type { Condition, Linked } from './condition.ts';
import { beyond, order, ownRows, total, valueColumns, type PageRequest } from './compile.ts';
import type { Query } from './query.ts';
import { partition } from './partition.ts';
import { sortValue, type SortKey } from './sort.ts';
import { indexRows, isFewKeys, isOnKeys, rangeRows, terms, type Row, type ShapeKeys } from './terms.ts';

/**
 * The matches among the next `width` resources in the order of the page: of creation, or of the one stored key. It ends as soon as the page is
 * full. At least one row: `is_last` in it says, where the page is not full, whether there was nothing beyond; `rid` is null where none matches.
 * @param canBeLast whether so many may be all; if not, that is not looked for, which takes as long as the walk
 */
export function walkStatement(query: Query, request: PageRequest, width: number, shapes: ShapeKeys, canBeLast = true): Sql {
  const [branch] = query.branches as [Linked];
  const { limit, counting } = request;
  const row: Row = { type: branch.type, depth: 0, isGiven: true };
  const isBackwards = request.start?.direction === 'before';
  const { from, walk, value } = query.sort.length === 0 ? inCreationOrder(branch, request) : inKeyOrder(query, branch, request);
  const rows = sql`${from} ${walk} limit ${width}::integer`;
  // Said as the index has it, without nulls: else Postgres sorts all that it walks.
  const direction = raw((query.sort[0]?.isDescending === true) !== isBackwards ? 'desc' : 'asc');
  const way = value === undefined ? sql`k0.rid ${direction}` : sql`k0.v0 ${direction}, k0.rid ${direction}`;
  const keyed = value === undefined
    ? sql`(${rows}) k0`
    : sql`(select w.rid, w.v0, k.keys from (${rows}) w join ${partition('resource_key', branch.type)} k on k.rid = w.rid) k0`;
  return sql`
    with m as materialized (select k0.rid${value === undefined ? empty : sql`, k0.v0`} from ${keyed} where ${terms(row, branch.conditions, shapes)} order by ${way} limit ${limit}::integer)
    select ${canBeLast ? sql`case when (select count(*) from m) < ${limit}::integer then not exists (${from} offset ${width}::integer limit 1) end` : sql`false`} as is_last,
      r.rid, r.type, r.id, r.version, r.last_updated, r.body, ${total(query, counting, shapes)} as total${valueColumns(query)}
    from (values (true)) as one left join (m join resource r using (rid)) on true
    order by ${order(query.sort, false, raw('m'))}`;
}

interface Walk {
  /** The resources walked, without their order. */
  readonly from: Sql;
  readonly walk: Sql;
  readonly value?: Sql;
}

function inCreationOrder({ type }: Linked, { start }: PageRequest): Walk {
  const isBackwards = start?.direction === 'before';
  const beyondStart = start === undefined ? empty : isBackwards ? sql` and k.rid < ${start.rid}::bigint` : sql` and k.rid > ${start.rid}::bigint`;
  return {
    from: sql`select k.rid, k.keys from ${partition('resource_key', type)} k where k.rid > 0${beyondStart}`,
    walk: sql`order by k.rid ${raw(isBackwards ? 'desc' : 'asc')}`,
  };
}

function inKeyOrder({ sort }: Query, { type }: Linked, { start }: PageRequest): Walk {
  const [key] = sort as [SortKey];
  const { own, isOnly, value, table, cast } = ownRows(key, type);
  const way = raw(key.isDescending ? 'desc' : 'asc');
  const beyondStart = start === undefined ? empty
    : sql` and (${value}, x.rid) ${raw(key.isDescending ? '<' : '>')} (${start.values[0]!}::${raw(cast)}, ${start.rid}::bigint)`;
  return {
    from: sql`select x.rid, ${value} as v0 from ${table} x where ${own}${isOnly}${beyondStart}`,
    walk: sql`order by ${value} ${way}, x.rid ${way}`,
    value,
  };
}

/**
 * The page out of all matches, which are found first, beginning with the rarest criterion where one is known. Never more work than all
 * matches are, and `total` costs nothing.
 */
export function setStatement(query: Query, { start, limit }: PageRequest, conditions: readonly Condition[], driver: Condition | undefined, shapes: ShapeKeys): Sql {
  const [{ type }] = query.branches as [Linked];
  const { sort } = query;
  const given: Row = { type, depth: 0, isGiven: true };
  const isBackwards = start?.direction === 'before';
  // What the index on keys decides together with the driver costs no look at a row.
  const first = conditions.filter((condition) => condition === driver || (driver?.kind === 'keys' && isFewKeys(condition)));
  const others = conditions.filter((condition) => !first.includes(condition));
  const values = join(sort.map((key, n) => sql`, ${sortValue(key, given)} as ${raw(`v${n}`)}`), '');
  const from = start === undefined ? empty : sql` where ${beyond(sort, start, isBackwards)}`;
  // Rows of the index are the resources, where no other criterion looks at their keys.
  const own = driver === undefined || first.length > 1 || others.some(isOnKeys) ? undefined : indexRows(driver, type);
  const matches = sql`k0 as materialized (${own !== undefined ? sql`select distinct x.rid from (${own}) x where x.rid > 0`
    : sql`select k0.rid${others.some(isOnKeys) ? sql`, k0.keys` : empty} from ${partition('resource_key', type)} k0 where ${found(first, type, shapes)}`}),
      s as materialized (select k0.rid${values} from k0 where ${terms(given, others, shapes)})`;
  return sql`
    with ${matches},
      m as materialized (select * from s${from} order by ${order(sort, isBackwards, raw('s'))} limit ${limit}::integer)
    select r.rid, r.type, r.id, r.version, r.last_updated, r.body, (select count(*) from s) as total${valueColumns(query)}
    from m join resource r using (rid)
    order by ${order(sort, false, raw('m'))}`;
}

/** Rows of a range that is known to be rare are read first, whatever Postgres expects of them. */
function found(first: readonly Condition[], type: string, shapes: ShapeKeys): Sql {
  const rids = first.length === 1 ? rangeRows(first[0]!, type) : undefined;
  if (rids === undefined) return terms({ type, depth: 0 }, first, shapes);
  return sql`k0.rid > 0 and k0.rid = any(array(${rids}))`;
}

