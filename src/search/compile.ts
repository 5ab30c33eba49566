/**
 * Queries to SQL. Conditions become terms on the narrow rows of the index; a page joins the texts last.
 *
 * What is bound is always a parameter. Statements are sent unnamed, so that Postgres plans each with its values, but for those of prepared.ts.
 */
import { empty, join, raw, sql, type Sql } from '../db/sql.ts';
import type { Linked } from './condition.ts';
import { partition } from './partition.ts';
import type { PageStart, Query } from './query.ts';
import { sortColumns, sortTable, sortValue, type SortKey } from './sort.ts';
import { matching, terms, type Row, type ShapeKeys } from './terms.ts';
import { total, type Counting } from './total.ts';

export interface PageRequest {
  readonly start: PageStart | undefined;
  readonly limit: number;
  readonly counting: Counting;
}

const rowOf = ({ type }: Linked): Row => ({ type, depth: 0 });
const where = (branch: Linked, shapes: ShapeKeys): Sql => terms(rowOf(branch), branch.conditions, shapes);

/**
 * The `limit` matches next to the start, in the order of the query whichever way the page lies: rid, type, id, version, last_updated,
 * body, `total` in each row, and the values of the sort keys as text, v0 and on. One statement sees one snapshot, so that page and
 * total agree.
 */
export function pageStatement(query: Query, request: PageRequest, shapes: ShapeKeys): Sql {
  return withBodies(query, query.sort.length === 0 ? inCreationOrder(query, request, shapes) : inAnyOrder(query, request, shapes), request, shapes);
}

/** Values of the sort keys as text. */
export const valueColumns = ({ sort }: Query): Sql => join(sort.map((_, n) => raw(`, m.v${n}::text as v${n}`)), '');

function withBodies(query: Query, matches: Sql, { counting }: PageRequest, shapes: ShapeKeys): Sql {
  return sql`
    with m as materialized (${matches})
    select r.rid, r.type, r.id, r.version, r.last_updated, r.body, ${total(query, counting, shapes)} as total${valueColumns(query)}
    from m join resource r using (rid)
    order by ${order(query.sort, false, raw('m'))}`;
}

/** v0 desc nulls last, v1 asc nulls last, rid: the last key follows the first, so that an index can be read backwards. */
export function order(sort: readonly SortKey[], isBackwards: boolean, from: Sql): Sql {
  const way = (isDescending: boolean): Sql => raw(`${isDescending !== isBackwards ? 'desc' : 'asc'} nulls ${isBackwards ? 'first' : 'last'}`);
  return join([...sort.map(({ isDescending }, n) => sql`${from}.${raw(`v${n}`)} ${way(isDescending)}`), sql`${from}.rid ${ridWay(sort, isBackwards)}`], ', ');
}

const ridWay = (sort: readonly SortKey[], isBackwards: boolean): Sql => raw((sort[0]?.isDescending === true) !== isBackwards ? 'desc' : 'asc');

/** @returns ` and …` for what lies beyond the start of a page in the order of creation; nothing where it begins with the first */
export const beyondRid = (rid: string, start: PageStart | undefined): Sql =>
  (start === undefined ? empty : sql` and ${raw(rid)} ${raw(start.direction === 'before' ? '<' : '>')} ${start.rid}::bigint`);

/** rid is an index's order in each partition: every branch gives its first rows, and they are merged. */
function inCreationOrder({ branches }: Query, { start, limit }: PageRequest, shapes: ShapeKeys): Sql {
  const backwards = start?.direction === 'before';
  const way = raw(backwards ? 'desc' : 'asc');
  const from = beyondRid('k0.rid', start);
  const each = branches.map((branch) => {
    const matches = matching(branch, shapes);
    return sql`(select k0.rid from ${matches.from} where ${matches.where}${from} order by k0.rid ${way} limit ${limit}::integer)`;
  });
  if (each.length === 0) return sql`select null::bigint as rid where false`;
  return each.length === 1 ? each[0]! : sql`select rid from (${join(each, ' union all ')}) b order by rid ${way} limit ${limit}::integer`;
}

/** The values of all matches are read and sorted. */
function inAnyOrder({ branches, sort }: Query, { start, limit }: PageRequest, shapes: ShapeKeys): Sql {
  const backwards = start?.direction === 'before';
  const each = branches.map((branch) =>
    sql`select k0.rid${join(sort.map((key, n) => sql`, ${sortValue(key, rowOf(branch))} as ${raw(`v${n}`)}`), '')} from ${partition('resource_key', branch.type)} k0 where ${where(branch, shapes)}`);
  const from = start === undefined ? empty : sql` where ${beyond(sort, start, backwards)}`;
  return sql`select * from (${join(each, ' union all ')}) s${from} order by ${order(sort, backwards, raw('s'))} limit ${limit}::integer`;
}

/** Behind (or before) a resource in the order: the first key that differs decides, and null comes last. */
export function beyond(sort: readonly SortKey[], { values, rid }: PageStart, backwards: boolean): Sql {
  const ridAfter = sql`s.rid ${raw((sort[0]?.isDescending === true) !== backwards ? '<' : '>')} ${rid}::bigint`;
  return sort.reduceRight<Sql>((rest, { isDescending, by }, n) => {
    const column = raw(`s.v${n}`);
    const value = values[n] ?? null;
    if (value === null) return backwards ? sql`(${column} is not null or ${rest})` : sql`(${column} is null and ${rest})`;
    const bound = sql`${value}::${raw(sortColumns[by as keyof typeof sortColumns].cast)}`;
    const further = sql`${column} ${raw(isDescending !== backwards ? '<' : '>')} ${bound}`;
    const isFurther = backwards ? further : sql`(${further} or ${column} is null)`;
    return sql`(${isFurther} or (${column} = ${bound} and ${rest}))`;
  }, ridAfter);
}

/** Whether a query's order is that of one index: one type, one key, read forwards. */
export const isIndexOrder = ({ branches, sort }: Query, start: PageStart | undefined): boolean =>
  branches.length === 1 && sort.length === 1 && sort[0]!.isStored && start?.direction !== 'before';

/**
 * The same for a query whose order is that of an index: matches that have a value, read in that order until the page is full. A
 * resource's other values are passed over.
 */
export function indexOrderStatement(query: Query, request: PageRequest, shapes: ShapeKeys): Sql {
  const [branch] = query.branches as [Linked];
  const [key] = query.sort as [SortKey];
  const { own, isOnly, value, table, cast } = ownRows(key, branch.type);
  const { isDescending } = key;
  const { start, limit } = request;
  const way = raw(isDescending ? 'desc' : 'asc');
  const from = start === undefined ? empty
    : sql` and (${value}, x.rid) ${raw(isDescending ? '<' : '>')} (${start.values[0]!}::${raw(cast)}, ${start.rid}::bigint)`;
  return withBodies(query, sql`select x.rid, ${value} as v0 from ${table} x join ${partition('resource_key', branch.type)} k0 on k0.rid = x.rid
    where ${own} and ${where(branch, shapes)}${isOnly}${from} order by ${value} ${way}, x.rid ${way} limit ${limit}::integer`, request, shapes);
}

/** Rows, under the alias x, that a stored key is read from; of a resource's several values only the one that it is ordered by. */
export function ownRows({ by, isDescending, params }: SortKey, type: string): { own: Sql; isOnly: Sql; value: Sql; table: Sql; cast: string } {
  const { table: name, column, cast } = sortColumns[by as keyof typeof sortColumns];
  const value = raw(`x.${column}`);
  const table = sortTable(name, type);
  if (name === 'resource') return { own: sql`x.type = ${type}::resource_type and x.version > 0`, isOnly: empty, value, table, cast };
  const isOnly = sql` and not exists (select from ${table} y where y.rid = x.rid and y.param = x.param
    and (y.${raw(column)} ${raw(isDescending ? '>' : '<')} ${value} or (y.${raw(column)} = ${value} and y.ctid < x.ctid)))`;
  return { own: sql`x.param = ${params.get(type)!}::integer and x.rid > 0`, isOnly, value, table, cast };
}

/** Those that have no value of the key, in the order of creation (or its reverse, as the key is). */
export function withoutValueStatement(query: Query, request: PageRequest, shapes: ShapeKeys): Sql {
  const [branch] = query.branches as [Linked];
  const [{ by, params, isDescending }] = query.sort as [SortKey];
  const { table } = sortColumns[by as keyof typeof sortColumns];
  const { start, limit } = request;
  const way = raw(isDescending ? 'desc' : 'asc');
  const from = start === undefined ? empty : sql` and k0.rid ${raw(isDescending ? '<' : '>')} ${start.rid}::bigint`;
  return withBodies(query, sql`select k0.rid, null::text as v0 from ${partition('resource_key', branch.type)} k0 where ${where(branch, shapes)}${from}
    and not exists (select from ${sortTable(table, branch.type)} x where x.rid = k0.rid and x.param = ${params.get(branch.type)!}::integer)
    order by k0.rid ${way} limit ${limit}::integer`, { ...request, counting: 'none' }, shapes);
}
