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
import { indexRows, rangeRows, rowsOf } from './range-terms.ts';
import { isFewKeys, isOnKeys, terms, type Row, type ShapeKeys } from './terms.ts';

/**
 * The matches among the next `width` resources in the order of the page: of creation, or of the one stored key. It ends as soon as the page is
 * full. At least one row: `is_last` in it says, where the page is not full, whether there was nothing beyond; `rid` is null where none matches.
 * @param canBeLast whether so many may be all; if not, that is not looked for, which takes as long as the walk
 */
export function walkStatement(query: Query, request: PageRequest, width: number, shapes: ShapeKeys, canBeLast = true): Sql {
  const [branch] = query.branches as [Linked];
  const { limit, counting } = request;
  const row: Row = { type: branch.type, depth: 0, isGiven: true };
  const ofRows = query.sort.length === 0 ? inOrderOfRows(branch, request) : undefined;
  const isBackwards = request.start?.direction === 'before';
  const { from, walk, value } = ofRows ?? (query.sort.length === 0 ? inCreationOrder(branch, request) : inKeyOrder(query, branch, request));
  const rows = sql`${from} ${walk} limit ${width}::integer`;
  // Said as the index has it, without nulls: else Postgres sorts all that it walks.
  const direction = raw((query.sort[0]?.isDescending === true) !== isBackwards ? 'desc' : 'asc');
  const way = value === undefined ? sql`k0.rid ${direction}` : sql`k0.v0 ${direction}, k0.rid ${direction}`;
  const keyed = value === undefined
    ? sql`(${rows}) k0`
    : sql`(select w.rid, w.v0, k.keys from (${rows}) w join ${partition('resource_key', branch.type)} k on k.rid = w.rid) k0`;
  const matches = ofRows !== undefined ? sql`select distinct x.rid from (${rows}) x where ${ofRows.test} order by x.rid ${direction} limit ${limit}::integer`
    : sql`select k0.rid${value === undefined ? empty : sql`, k0.v0`} from ${keyed} where ${terms(row, branch.conditions, shapes)} order by ${way} limit ${limit}::integer`;
  return sql`
    with m as materialized (${matches})
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

/** Where rows of one table decide all that is asked for, they are walked, in the order of their resources: the index has all that is looked at. */
function inOrderOfRows({ type, conditions: [only, ...others] }: Linked, { start }: PageRequest): (Walk & { readonly test: Sql }) | undefined {
  const rows = only === undefined || others.length > 0 ? undefined : rowsOf(only);
  if (rows === undefined) return undefined;
  const isBackwards = start?.direction === 'before';
  const beyondStart = start === undefined ? empty : isBackwards ? sql` and x.rid < ${start.rid}::bigint` : sql` and x.rid > ${start.rid}::bigint`;
  const way = raw(isBackwards ? 'desc' : 'asc');
  return { from: sql`select x.* from ${partition(rows.table, type)} x where x.rid > 0${beyondStart}`, walk: sql`order by x.rid ${way}, x.param ${way}`, test: rows.test };
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
 * The page out of all that the rarest criterion selects, which is found first; out of all resources where none is known. Never more work than all
 * matches are. `total` is null where it is not to be counted, and not all criteria had to be looked at.
 */
export function setStatement(query: Query, { start, limit, counting }: PageRequest, conditions: readonly Condition[], driver: Condition | undefined, shapes: ShapeKeys): Sql {
  const [{ type }] = query.branches as [Linked];
  const { sort } = query;
  const given: Row = { type, depth: 0, isGiven: true };
  const isBackwards = start?.direction === 'before';
  // What the index on keys decides together with the driver costs no look at a row.
  const first = driver === undefined ? [] : [driver, ...(driver.kind === 'keys' ? conditions.filter((condition) => condition !== driver && isFewKeys(condition)) : [])];
  const others = conditions.filter((condition) => !first.includes(condition));
  const values = join(sort.map((key, n) => sql`, ${sortValue(key, given)} as ${raw(`v${n}`)}`), '');
  const from = start === undefined ? empty : sql` where ${beyond(sort, start, isBackwards)}`;
  // The other criteria are looked at in the order of the page, until it is full.
  const isLazy = counting === 'none' && sort.length === 0 && others.length > 0;
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
      ${isLazy ? sql`m as materialized (select k0.rid from (${keyed}) k0 where ${terms(given, others, shapes)} limit ${limit}::integer)`
    : sql`${matches}, m as materialized (select * from s${from} order by ${order(sort, isBackwards, raw('s'))} limit ${limit}::integer)`}
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

