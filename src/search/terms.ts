/**
 * Conditions to SQL: each becomes a term on a narrow row of the index, `resource_key`, under an alias.
 *
 * Each type has tables of its own (partition.ts). Where a condition leads to other resources it is `rid in (select …)`, which the planner may begin from either end.
 */
import { int8Array } from '../db/arrays.ts';
import { empty, join, raw, sql, type Sql } from '../db/sql.ts';
import { partition, type IndexTable } from './partition.ts';
import type { Circle, Condition, Linked } from './condition.ts';
import { either, lastUpdatedTerm, rangeOf, rowsOf, targetsTest } from './range-terms.ts';

/** A row of `resource_key` in a statement. */
export interface Row {
  /** Its type's name. */
  readonly type: string;
  /** How many rows it is nested in: makes its alias unique. */
  readonly depth: number;
  /** The rows are there already, and are looked at one by one: nothing is found by an index on keys. */
  readonly isGiven?: true;
  /** And only until a page is full, so that nothing is to be prepared for all of them. */
  readonly isLazy?: true;
}

export const alias = ({ depth }: Row): Sql => raw(`k${depth}`);

/** Keys of the shapes that the conditions `missing` of a statement come to; see shapes.ts. */
export type ShapeKeys = (type: string, param: number, isMissing: boolean) => readonly bigint[];

/**
 * @returns that the row is of its type, stands for a resource of its own, and meets all conditions; contained resources have
 *   negative rids
 */
export const terms = (row: Row, conditions: readonly Condition[], shapes: ShapeKeys, isOwn = true): Sql => {
  const k = alias(row);
  const own = isOwn ? [sql`${k}.rid > 0`] : [];
  const all = [...own, ...together(conditions).map((condition) => term(condition, row, shapes))];
  return all.length === 0 ? sql`true` : join(all, ' and ');
};

/** All keys that must be held are one `@>`: the index meets them with one another before any row is read. */
function together(conditions: readonly Condition[]): readonly (Condition | Held)[] {
  const single = conditions.flatMap((condition) => (condition.kind === 'keys' && condition.any.length === 1 ? condition.any : []));
  if (single.length < 2) return conditions;
  return [{ kind: 'held', all: single }, ...conditions.filter((condition) => condition.kind !== 'keys' || condition.any.length !== 1)];
}

interface Held {
  readonly kind: 'held';
  readonly all: readonly bigint[];
}

function term(condition: Condition | Held, row: Row, shapes: ShapeKeys): Sql {
  const k = alias(row);
  switch (condition.kind) {
    case 'held': return sql`${k}.keys @> ${int8Array(condition.all)}::bigint[]`;
    case 'keys': return keysTerm(row, condition.any);
    case 'date': case 'quantity': case 'canonical': case 'string': {
      const { table, test } = rangeOf(condition);
      return exists(table, row, test);
    }
    case 'targets': return exists('resource_reference', row, targetsTest(condition));
    case 'near': return either(condition.any.map((circle) => nearTerm(row, condition.param, circle)));
    case 'id': return sql`${k}.rid in (select i.rid from resource i where i.type = ${row.type}::resource_type and i.id = any(${condition.any}::text[]))`;
    case 'lastUpdated':
      return sql`exists (select from resource u where u.rid = ${k}.rid and u.type = ${row.type}::resource_type and u.version > 0 and (${either(condition.any.map((one) => lastUpdatedTerm(one)))})${oneByOne(row)})`;
    // Shapes are some hundred keys, and mostly select much: where there is no saying, resources are looked at one by one.
    case 'missing': return keysTerm({ ...row, isGiven: true }, shapes(row.type, condition.param, condition.isMissing));
    case 'chain': return chainTerm(row, condition, shapes);
    case 'has': return hasTerm(row, condition.param, condition.source, shapes);
    case 'hierarchy': return hierarchyTerm(row, condition);
    case 'list': return sql`${k}.rid in (select l.target from ${partition('resource_reference', 'List')} l join resource o on o.rid = l.rid
      where l.param = ${condition.param}::integer and o.type = 'List' and o.body is not null and o.id = any(${condition.ids}::text[]))`;
    case 'not': return sql`not ${term(condition.condition, row, shapes)}`;
    case 'all': return condition.conditions.length === 0 ? sql`true` : sql`(${join(condition.conditions.map((one) => term(one, row, shapes)), ' and ')})`;
    case 'any': return anyTerm(condition, row, shapes);
  }
}

/** Alternatives on rows of one table are one look at it, which an index answers, where several `exists` in an `or` are tried for every resource. */
function anyTerm(condition: Extract<Condition, { kind: 'any' }>, row: Row, shapes: ShapeKeys): Sql {
  const rows = rowsOf(condition);
  return rows === undefined ? either(condition.conditions.map((one) => term(one, row, shapes))) : exists(rows.table, row, rows.test);
}

/** So many keys are compared with those of a row, or looked up together; more of them in other ways. */
const fewKeys = 16;

/** @returns whether it is a criterion of keys that the index answers as one of several */
export const isFewKeys = (condition: Condition): boolean => condition.kind === 'keys' && condition.any.length <= fewKeys;

/**
 * `@>` for one key, `&&` for several: both are exact, without a look at the resource. With many keys `&&` takes their product for each
 * row, and seconds by the index; there each key is looked up by itself (1,000 keys: 67 ms and not 2.4 s at 4.3 million rows), or each
 * key of a row in a hash table of them.
 */
function keysTerm(row: Row, any: readonly bigint[]): Sql {
  const k = alias(row);
  const keys = sql`${int8Array(any)}::bigint[]`;
  if (any.length === 0) return sql`false`;
  if (any.length === 1) return sql`${k}.keys @> ${keys}`;
  if (any.length <= fewKeys) return sql`${k}.keys && ${keys}`;
  if (row.isGiven === true) return sql`exists (select from unnest(${k}.keys) as held(key) where held.key = any(${keys}))`;
  return sql`${k}.rid in (select found.rid from unnest(${keys}) as wanted(key)
    cross join lateral (select n.rid from ${partition('resource_key', row.type)} n where n.keys @> array[wanted.key] offset 0) found)`;
}

const exists = (table: IndexTable, row: Row, test: Sql): Sql =>
  sql`exists (select from ${partition(table, row.type)} x where x.rid = ${alias(row)}.rid and ${test}${oneByOne(row)})`;

/** By an offset it stays a look for each row: Postgres would hash the rows of all resources for a page of twenty, or compare each with each. */
const oneByOne = ({ isLazy }: Row): Sql => (isLazy === true ? raw(' offset 0') : empty);

/** @returns whether a condition is about the keys of a row, and not only about its rid */
export function isOnKeys(condition: Condition): boolean {
  switch (condition.kind) {
    case 'keys': case 'missing': return true;
    case 'not': return isOnKeys(condition.condition);
    case 'all': case 'any': return condition.conditions.some(isOnKeys);
    default: return false;
  }
}

const chainTerm = (row: Row, { param, any }: Chain, shapes: ShapeKeys): Sql =>
  (any.length === 0 ? sql`false` : sql`${alias(row)}.rid in (${chainRows(row, param, any, shapes)})`);

type Chain = Extract<Condition, { kind: 'chain' }>;

/** The rids that refer to what meets the conditions, contained resources among them, some maybe twice. */
function chainRows({ type: from, depth }: Row, param: number, any: readonly Linked[], shapes: ShapeKeys): Sql {
  return join(any.map(({ type, conditions }) => {
    const target: Row = { type, depth: depth + 1 };
    const t = alias(target);
    const f = raw(`f${target.depth}`);
    return sql`select ${f}.rid from ${partition('resource_reference', from)} ${f} join ${partition('resource_key', type)} ${t} on ${t}.rid = ${f}.target
      where ${f}.param = ${param}::integer and ${terms(target, conditions, shapes, false)}`;
  }), ' union all ');
}

/**
 * The resources of a branch: `from`, with the alias k0, and what holds for its `rid`. Where all that is asked for is a chain, its references
 * are the matches: no look at the resources that have them.
 */
export function matching({ type, conditions }: Linked, shapes: ShapeKeys): { readonly from: Sql; readonly where: Sql } {
  const row: Row = { type, depth: 0 };
  const [only, ...others] = conditions;
  if (only?.kind !== 'chain' || only.any.length === 0 || others.length > 0) return { from: sql`${partition('resource_key', type)} k0`, where: terms(row, conditions, shapes) };
  return { from: sql`(select distinct c.rid from (${chainRows(row, only.param, only.any, shapes)}) c) k0`, where: sql`k0.rid > 0` };
}

function hasTerm(row: Row, param: number, { type, conditions }: Linked, shapes: ShapeKeys): Sql {
  const source: Row = { type, depth: row.depth + 1 };
  const s = alias(source);
  const f = raw(`f${source.depth}`);
  return sql`${alias(row)}.rid in (select ${f}.target from ${partition('resource_reference', type)} ${f} join ${partition('resource_key', type)} ${s} on ${s}.rid = ${f}.rid
    where ${f}.param = ${param}::integer and ${terms(source, conditions, shapes)})`;
}

/** Walks the hierarchy from the resource named, which is part of the answer itself. */
function hierarchyTerm(row: Row, { param, direction, parent, type, id }: Condition & { kind: 'hierarchy' }): Sql {
  const table = partition('resource_reference', type);
  const step = direction === 'below'
    ? sql`select h.rid from ${table} h join tree on h.target = tree.rid where h.param = ${parent}::integer`
    : sql`select h.target from ${table} h join tree on h.rid = tree.rid where h.param = ${parent}::integer`;
  const tree = sql`with recursive tree(rid) as (select rid from resource where type = ${type}::resource_type and id = ${id} union ${step}) select rid from tree`;
  return sql`${alias(row)}.rid in (select f.rid from ${partition('resource_reference', row.type)} f where f.param = ${param}::integer and f.target in (${tree}))`;
}

/** Mean radius of the earth in metres, as the haversine formula takes it. */
const earthRadius = 6_371_008.8;

/** Latitude stands in a quantity row of the parameter, longitude in one of its negative. */
function nearTerm(row: Row, param: number, { latitude, longitude, radius }: Circle): Sql {
  const margin = (radius / earthRadius) * (180 / Math.PI) * 1.000_001;
  const at = (degrees: number): Sql => sql`${degrees}::float8`;
  const table = partition('resource_quantity', row.type);
  return sql`exists (select from ${table} x join ${table} y on y.rid = x.rid
    where x.rid = ${alias(row)}.rid
      and x.param = ${param}::integer and y.param = ${-param}::integer and x.low between ${at(latitude - margin)} and ${at(latitude + margin)}
      and 2 * ${earthRadius}::float8 * asin(least(1, sqrt(
        sin(radians(x.low - ${at(latitude)}) / 2) ^ 2
        + cos(radians(${at(latitude)})) * cos(radians(x.low)) * sin(radians(y.low - ${at(longitude)}) / 2) ^ 2))) <= ${radius}::float8)`;
}
