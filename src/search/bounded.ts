/**
 * The two forms of a page of one type that never run away: walk the first so many resources, or rows, in the order of the page, or find all that
 * the rarest criterion selects. DECISIONS.md "Pages" has the figures.
 */
import { empty, join, raw, sql, type Sql } from '../db/sql.ts';
import type { Condition, Linked } from './condition.ts';
import { beyond, beyondRid, order, ownRows, valueColumns, type PageRequest } from './compile.ts';
import type { DecidedByRows } from './driver.ts';
import type { Query } from './query.ts';
import { partition } from './partition.ts';
import { literal } from './prepared.ts';
import { sortValue, type SortKey } from './sort.ts';
import { either, indexRows, lastUpdatedTerm, rangeRows, type Rows } from './range-terms.ts';
import { isFewKeys, isOnKeys, terms, type Row, type ShapeKeys } from './terms.ts';
import { total } from './total.ts';

/**
 * The matches among the next `width` resources in the order of the page: of creation, or of the one stored key. It ends as soon as the page is
 * full. At least one row: `is_last` in it says, where the page is not full, whether there was nothing beyond; `rid` is null where none matches.
 * @param canBeLast whether so many may be all; if not, that is not looked for, which takes as long as the walk
 */
export function walkStatement(query: Query, request: PageRequest, width: number, shapes: ShapeKeys, canBeLast = true): Sql {
  const [branch] = query.branches as [Linked];
  const walk = query.sort.length === 0 ? inCreationOrder(branch, request) : inKeyOrder(query, branch, request);
  const rows = sql`${walk.from} ${walk.order} limit ${literal(width)}`;
  const conditions = branch.conditions.filter((condition) => !isBound(query, condition));
  // Said as the index has it, without nulls: else Postgres sorts all that it walks.
  const way = wayOf(query, request);
  const matches = walk.value === undefined
    ? sql`select k0.rid from (${rows}) k0 where ${terms(walkedRow(branch), conditions, shapes)} order by k0.rid ${way}`
    : sql`select k0.rid, k0.v0 from (select w.rid, w.v0, k.keys from (${rows}) w join ${partition('resource_key', branch.type)} k on k.rid = w.rid) k0
      where ${terms(walkedRow(branch), conditions, shapes)} order by k0.v0 ${way}, k0.rid ${way}`;
  return walked(query, request, matches, canBeLast ? sql`${walk.from} offset ${literal(width)}` : undefined, shapes);
}

/** The same for the next `width` rows of the index, in the order of creation: of those that meet their test only resources are looked at that the page has room for. */
export function rowWalkStatement(query: Query, request: PageRequest, width: number, shapes: ShapeKeys, { rows, others }: DecidedByRows): Sql {
  const [branch] = query.branches as [Linked];
  const { from, order: walkOrder } = inOrderOfRows(branch, rows, request, width);
  const way = wayOf(query, request);
  const found = sql`select distinct x.rid from (${from} ${walkOrder} limit ${literal(width)}) x where ${rows.test} order by x.rid ${way}`;
  const keyed = !others.some(isOnKeys) ? found : sql`select w.rid, k.keys from (${found}) w join ${partition('resource_key', branch.type)} k on k.rid = w.rid order by w.rid ${way}`;
  const matches = sql`select k0.rid from (${keyed}) k0 where ${terms(walkedRow(branch), others, shapes)} order by k0.rid ${way}`;
  return walked(query, request, matches, sql`${from} offset ${literal(width)}`, shapes);
}

const walkedRow = ({ type }: Linked): Row => ({ type, depth: 0, isGiven: true, isLazy: true });

const wayOf = ({ sort }: Query, { start }: PageRequest): Sql => raw((sort[0]?.isDescending === true) !== (start?.direction === 'before') ? 'desc' : 'asc');

/** @param beyondWalk what lies behind the walk, where that is to be looked for */
function walked(query: Query, { limit, counting }: PageRequest, matches: Sql, beyondWalk: Sql | undefined, shapes: ShapeKeys): Sql {
  return sql`
    with m as materialized (${matches} limit ${literal(limit)})
    select ${beyondWalk === undefined ? sql`false` : sql`case when (select count(*) from m) < ${literal(limit)} then not exists (${beyondWalk} limit 1) end`} as is_last,
      r.rid, r.type, r.id, r.version, r.last_updated, r.body, ${total(query, counting, shapes)} as total${valueColumns(query)}
    from (values (true)) as one left join (m join resource r using (rid)) on true
    order by ${order(query.sort, false, raw('m'))}`;
}

/** Criteria on what is walked by say where the walk begins and ends: who polls by _lastUpdated would else walk all that is older. */
const isBound = ({ sort }: Query, condition: Condition): condition is Extract<Condition, { kind: 'lastUpdated' }> => sort[0]?.by === 'lastUpdated' && condition.kind === 'lastUpdated';

/** @returns whether a walk has bounds of its own, so that it may soon be at its end */
export const isWithinBounds = (query: Query): boolean => query.branches.some(({ conditions }) => conditions.some((condition) => isBound(query, condition)));

interface Walk {
  /** The resources walked, without their order. */
  readonly from: Sql;
  readonly order: Sql;
  readonly value?: Sql;
}

function inCreationOrder({ type }: Linked, { start }: PageRequest): Walk {
  const isBackwards = start?.direction === 'before';
  return {
    from: sql`select k.rid, k.keys from ${partition('resource_key', type)} k where k.rid > 0${beyondRid('k.rid', start)}`,
    order: sql`order by k.rid ${raw(isBackwards ? 'desc' : 'asc')}`,
  };
}

/** In the order of their resources: the index has all that is looked at. Each parameter's stand together in it, and are merged. */
function inOrderOfRows({ type }: Linked, { table, params }: Rows, { start }: PageRequest, width: number): Walk {
  const isBackwards = start?.direction === 'before';
  const own = sql`order by x.rid ${raw(isBackwards ? 'desc' : 'asc')}`;
  const each = params.map((param) => sql`select x.* from ${partition(table, type)} x where x.param = ${param}::integer and x.rid > 0${beyondRid('x.rid', start)}`);
  // Each in its order, and no more of it: else Postgres sorts all of them, since it does not see how many a parameter has.
  return { from: each.length === 1 ? each[0]! : sql`select x.* from (${join(each.map((one) => sql`(${one} ${own} limit ${literal(width)} + 1)`), ' union all ')}) x`, order: own };
}

function inKeyOrder(query: Query, { type, conditions }: Linked, { start }: PageRequest): Walk {
  const [key] = query.sort as [SortKey];
  const bounds = join(conditions.filter((condition) => isBound(query, condition)).map(({ any }) => sql` and (${either(any.map((one) => lastUpdatedTerm(one, raw('x'))))})`), '');
  const { own, isOnly, value, table, cast } = ownRows(key, type);
  const way = raw(key.isDescending ? 'desc' : 'asc');
  const beyondStart = start === undefined ? empty
    : sql` and (${value}, x.rid) ${raw(key.isDescending ? '<' : '>')} (${start.values[0]!}::${raw(cast)}, ${start.rid}::bigint)`;
  return {
    from: sql`select x.rid, ${value} as v0 from ${table} x where ${own}${isOnly}${bounds}${beyondStart}`,
    order: sql`order by ${value} ${way}, x.rid ${way}`,
    value,
  };
}

/**
 * The page out of all that the rarest criterion selects, which is found first; out of all resources where none is known. Never more work than all
 * matches are. `total` is null where it is not to be counted, and not all criteria had to be looked at.
 */
export function setStatement(query: Query, { start, limit: most, counting }: PageRequest, conditions: readonly Condition[], driver: Condition | undefined, shapes: ShapeKeys): Sql {
  const [{ type }] = query.branches as [Linked];
  const { sort } = query;
  const limit = literal(most);
  const isBackwards = start?.direction === 'before';
  // What the index on keys decides together with the driver costs no look at a row.
  const first = driver === undefined ? [] : [driver, ...(driver.kind === 'keys' ? conditions.filter((condition) => condition !== driver && isFewKeys(condition)) : [])];
  const others = conditions.filter((condition) => !first.includes(condition));
  const from = start === undefined ? empty : sql` where ${beyond(sort, start, isBackwards)}`;
  // The other criteria are looked at in the order of the page, until it is full.
  const isLazy = counting === 'none' && sort.length === 0 && others.length > 0;
  const given: Row = { type, depth: 0, isGiven: true, ...(isLazy && { isLazy }) };
  const values = join(sort.map((key, n) => sql`, ${sortValue(key, given)} as ${raw(`v${n}`)}`), '');
  // Rows of the index are the resources, as long as nobody asks for their keys.
  const own = driver === undefined || driver.kind === 'keys' || (others.some(isOnKeys) && !isLazy) ? undefined : indexRows(driver, type);
  const all = own !== undefined ? sql`select distinct x.rid from (${own}) x where x.rid > 0`
    : sql`select k0.rid${others.some(isOnKeys) ? sql`, k0.keys` : empty} from ${partition('resource_key', type)} k0 where ${found(first, type, shapes)}`;
  const way = raw(isBackwards ? 'desc' : 'asc');
  const next = sql`select * from k0${start === undefined ? empty : sql` where k0.rid ${raw(isBackwards ? '<' : '>')} ${start.rid}::bigint`} order by k0.rid ${way}`;
  const keyed = own !== undefined && others.some(isOnKeys) ? sql`select k.rid, k.keys from (${next}) o join ${partition('resource_key', type)} k on k.rid = o.rid order by k.rid ${way}` : next;
  const matches = sql`s as materialized (select k0.rid${values} from k0 where ${terms(given, others, shapes)})`;
  return sql`
    with k0 as materialized (${all}),
      ${isLazy ? sql`m as materialized (select k0.rid from (${keyed}) k0 where ${terms(given, others, shapes)} order by k0.rid ${way} limit ${limit})`
    : sql`${matches}, m as materialized (select * from s${from} order by ${order(sort, isBackwards, raw('s'))} limit ${limit})`}
    select r.rid, r.type, r.id, r.version, r.last_updated, r.body, ${isLazy ? sql`null` : sql`(select count(*) from s)`} as total${valueColumns(query)}
    from m join resource r using (rid)
    order by ${order(sort, false, raw('m'))}`;
}

/** Rows of a range that is known to be rare are read first, whatever Postgres expects of them. */
function found(first: readonly Condition[], type: string, shapes: ShapeKeys): Sql {
  const rids = first.length === 1 && first[0]!.kind !== 'keys' ? rangeRows(first[0]!, type) : undefined;
  if (rids === undefined) return terms({ type, depth: 0 }, first, shapes);
  return sql`k0.rid > 0 and k0.rid = any(array(${rids}))`;
}

