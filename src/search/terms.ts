/**
 * Conditions to SQL: each becomes a term on a narrow row of the index, `resource_key`, under an alias.
 *
 * Types stand as parameters of an unnamed statement: Postgres prunes the partitions by their values. Where a condition leads to
 * other resources it is `rid in (select …)`, which the planner may begin from either end.
 */
import { int8Array } from '../db/arrays.ts';
import { join, raw, sql, type Sql } from '../db/sql.ts';
import type { Circle, Condition, Linked, QuantityTest, RangeTest, StringTest, UnitTest } from './condition.ts';

/** A row of `resource_key` in a statement. */
export interface Row {
  /** Its type's name, a bound parameter in the statement. */
  readonly type: string;
  /** How many rows it is nested in: makes its alias unique. */
  readonly depth: number;
  /** The rows are there already, and are looked at one by one: nothing is found by an index on keys. */
  readonly isGiven?: true;
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
  return join([sql`${k}.type = ${row.type}::resource_type`, ...own, ...conditions.map((condition) => term(condition, row, shapes))], ' and ');
};

function term(condition: Condition, row: Row, shapes: ShapeKeys): Sql {
  const k = alias(row);
  switch (condition.kind) {
    case 'keys': return keysTerm(row, condition.any);
    case 'date': case 'quantity': case 'canonical': case 'string': {
      const { table, test } = rangeOf(condition);
      return exists(table, row, test);
    }
    case 'near': return either(condition.any.map((circle) => nearTerm(row, condition.param, circle)));
    case 'id': return sql`${k}.rid in (select i.rid from resource i where i.type = ${row.type}::resource_type and i.id = any(${condition.any}::text[]))`;
    case 'lastUpdated':
      return sql`exists (select from resource u where u.rid = ${k}.rid and u.type = ${row.type}::resource_type and u.version > 0 and (${either(condition.any.map(lastUpdatedTerm))}))`;
    // Shapes are some hundred keys, and mostly select much: where there is no saying, resources are looked at one by one.
    case 'missing': return keysTerm({ ...row, isGiven: true }, shapes(row.type, condition.param, condition.isMissing));
    case 'chain': return chainTerm(row, condition.param, condition.any, shapes);
    case 'has': return hasTerm(row, condition.param, condition.source, shapes);
    case 'hierarchy': return hierarchyTerm(row, condition);
    case 'list': return sql`${k}.rid in (select l.target from resource_reference l join resource o on o.rid = l.rid
      where l.type = 'List' and l.param = ${condition.param}::integer and o.type = 'List' and o.body is not null and o.id = any(${condition.ids}::text[]))`;
    case 'not': return sql`not ${term(condition.condition, row, shapes)}`;
    case 'all': return condition.conditions.length === 0 ? sql`true` : sql`(${join(condition.conditions.map((one) => term(one, row, shapes)), ' and ')})`;
    case 'any': return anyTerm(condition.conditions, row, shapes);
  }
}

const either = (all: readonly Sql[]): Sql => (all.length === 0 ? sql`false` : sql`(${join(all, ' or ')})`);

/** Alternatives on rows of one table are one look at it, which an index answers, where several `exists` in an `or` are tried for every resource. */
function anyTerm(conditions: readonly Condition[], row: Row, shapes: ShapeKeys): Sql {
  const ranges = conditions.flatMap((condition) => (isRange(condition) ? [rangeOf(condition)] : []));
  const [first] = ranges;
  if (first !== undefined && ranges.length === conditions.length && ranges.every(({ table }) => table === first.table)) {
    return exists(first.table, row, either(ranges.map(({ test }) => sql`(${test})`)));
  }
  return either(conditions.map((one) => term(one, row, shapes)));
}

/** So many keys are compared with those of a row, or looked up together; more of them in other ways. */
const fewKeys = 16;

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
    cross join lateral (select n.rid from resource_key n where n.type = ${row.type}::resource_type and n.keys @> array[wanted.key] offset 0) found)`;
}

const exists = (table: string, row: Row, test: Sql): Sql =>
  sql`exists (select from ${raw(table)} x where x.type = ${row.type}::resource_type and x.rid = ${alias(row)}.rid and ${test})`;

type RangeCondition = Extract<Condition, { kind: 'date' | 'quantity' | 'canonical' | 'string' }>;

const isRange = (condition: Condition): condition is RangeCondition => ['date', 'quantity', 'canonical', 'string'].includes(condition.kind);

/** The table of a condition's rows, and what holds for one of them under the alias x. */
function rangeOf(condition: RangeCondition): { table: string; test: Sql } {
  const of = (table: string, tests: readonly Sql[]) => ({ table, test: sql`x.param = ${condition.param}::integer and ${either(tests)}` });
  switch (condition.kind) {
    case 'date': return of('resource_date', condition.any.map((test) => rangeTerm(test, 'bigint')));
    case 'quantity': return of('resource_quantity', condition.any.map(quantityTest));
    case 'canonical': return of('resource_canonical', condition.any.map((test) => sql`(x.unit = ${condition.unit}::integer and ${rangeTerm(test, 'float8')})`));
    case 'string': return of('resource_string', condition.any.map(stringTerm));
  }
}

/** @returns the rids of what meets a condition by rows of the index alone, some maybe twice; undefined for other conditions */
export function indexRows(condition: Condition, type: string): Sql | undefined {
  if (condition.kind === 'any') return unionOf(condition.conditions.map((one) => indexRows(one, type)));
  if (!isRange(condition)) return undefined;
  const { table, test } = rangeOf(condition);
  return sql`select x.rid from ${raw(table)} x where x.type = ${type}::resource_type and ${test}`;
}

/** The same, also for conditions on columns of `resource`; deleted resources may be among the rids. */
export function rangeRows(condition: Condition, type: string): Sql | undefined {
  switch (condition.kind) {
    case 'id': return sql`select i.rid from resource i where i.type = ${type}::resource_type and i.id = any(${condition.any}::text[])`;
    case 'lastUpdated': return sql`select u.rid from resource u where u.type = ${type}::resource_type and u.version > 0 and ${either(condition.any.map(lastUpdatedTerm))}`;
    case 'any': return unionOf(condition.conditions.map((one) => rangeRows(one, type)));
    default: return indexRows(condition, type);
  }
}

const unionOf = (each: readonly (Sql | undefined)[]): Sql | undefined =>
  (each.length === 0 || each.includes(undefined) ? undefined : join(each as Sql[], ' union all '));

function rangeTerm(test: RangeTest<bigint> | RangeTest<number>, cast: 'bigint' | 'float8'): Sql {
  const bound = (value: bigint | number): Sql => sql`${String(value)}::${raw(cast)}`;
  const all: Sql[] = [];
  if (test.lowFrom !== undefined) all.push(sql`x.low >= ${bound(test.lowFrom)}`);
  if (test.lowBelow !== undefined) all.push(sql`x.low < ${bound(test.lowBelow)}`);
  // Said twice, since low <= high: with both bounds on one column Postgres knows how few lie between them.
  if (test.highUpTo !== undefined) all.push(sql`x.high <= ${bound(test.highUpTo)} and x.low <= ${bound(test.highUpTo)}`);
  if (test.highAbove !== undefined) all.push(highAbove(bound(test.highAbove), cast));
  return sql`(${join(all, ' and ')})`;
}

/**
 * Rows are ordered by where they begin. Most are narrow, a point or a day: those that end above a bound begin above it, less their
 * width. The others have a partial index by where they end (sql/001), so that either alternative is a range scan.
 */
const highAbove = (bound: Sql, cast: 'bigint' | 'float8'): Sql => (cast === 'bigint'
  ? sql`((x.low > ${bound} - 1728000000000 and x.high > ${bound}) or (x.high > ${bound} and x.high > x.low + 1728000000000))`
  : sql`(x.low > ${bound} or (x.high > ${bound} and x.high > x.low))`);

const quantityTest = ({ unit, ...range }: QuantityTest): Sql =>
  unit === undefined ? rangeTerm(range, 'float8') : sql`(${join([rangeTerm(range, 'float8'), ...unitTerms(unit)], ' and ')})`;

const unitTerms = ({ system, code, isLabelToo }: UnitTest): Sql[] => [
  ...(system === undefined ? [] : [sql`x.system = ${system}::integer`]),
  ...(code === undefined ? [] : [isLabelToo ? sql`(x.code = ${code}::integer or x.label = ${code}::integer)` : sql`x.code = ${code}::integer`]),
];

/** A stamp is a point: its two ends are one value, in milliseconds. */
function lastUpdatedTerm(test: RangeTest<number>): Sql {
  const time = (value: number): Sql => sql`${new Date(value)}::timestamptz`;
  const all: Sql[] = [];
  if (test.lowFrom !== undefined) all.push(sql`u.last_updated >= ${time(test.lowFrom)}`);
  if (test.lowBelow !== undefined) all.push(sql`u.last_updated < ${time(test.lowBelow)}`);
  if (test.highUpTo !== undefined) all.push(sql`u.last_updated < ${time(test.highUpTo)}`);
  if (test.highAbove !== undefined) all.push(sql`u.last_updated >= ${time(test.highAbove)}`);
  return sql`(${join(all, ' and ')})`;
}

const stringTerm = ({ form, value }: StringTest): Sql =>
  form === 'prefix' ? sql`x.value like ${`${likeText(value)}%`}` : sql`x.value like ${`%${likeText(value)}%`}`;

/** Normalised text has no % and no backslash, but what it has must never be a wildcard. */
const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

function chainTerm(row: Row, param: number, any: readonly Linked[], shapes: ShapeKeys): Sql {
  const inner = any.map(({ type, conditions }) => {
    const target: Row = { type, depth: row.depth + 1 };
    const t = alias(target);
    const f = raw(`f${target.depth}`);
    return sql`select ${f}.rid from resource_reference ${f} join resource_key ${t} on ${t}.rid = ${f}.target
      where ${f}.type = ${row.type}::resource_type and ${f}.param = ${param}::integer and ${terms(target, conditions, shapes, false)}`;
  });
  return inner.length === 0 ? sql`false` : sql`${alias(row)}.rid in (${join(inner, ' union all ')})`;
}

function hasTerm(row: Row, param: number, { type, conditions }: Linked, shapes: ShapeKeys): Sql {
  const source: Row = { type, depth: row.depth + 1 };
  const s = alias(source);
  const f = raw(`f${source.depth}`);
  return sql`${alias(row)}.rid in (select ${f}.target from resource_reference ${f} join resource_key ${s} on ${s}.rid = ${f}.rid
    where ${f}.type = ${type}::resource_type and ${f}.param = ${param}::integer and ${terms(source, conditions, shapes)})`;
}

/** Walks the hierarchy from the resource named, which is part of the answer itself. */
function hierarchyTerm(row: Row, { param, direction, parent, type, id }: Condition & { kind: 'hierarchy' }): Sql {
  const step = direction === 'below'
    ? sql`select h.rid from resource_reference h join tree on h.target = tree.rid where h.type = ${type}::resource_type and h.param = ${parent}::integer`
    : sql`select h.target from resource_reference h join tree on h.rid = tree.rid where h.type = ${type}::resource_type and h.param = ${parent}::integer`;
  const tree = sql`with recursive tree(rid) as (select rid from resource where type = ${type}::resource_type and id = ${id} union ${step}) select rid from tree`;
  return sql`${alias(row)}.rid in (select f.rid from resource_reference f where f.type = ${row.type}::resource_type and f.param = ${param}::integer and f.target in (${tree}))`;
}

/** Mean radius of the earth in metres, as the haversine formula takes it. */
const earthRadius = 6_371_008.8;

/** Latitude stands in a quantity row of the parameter, longitude in one of its negative. */
function nearTerm(row: Row, param: number, { latitude, longitude, radius }: Circle): Sql {
  const margin = (radius / earthRadius) * (180 / Math.PI) * 1.000_001;
  const at = (degrees: number): Sql => sql`${degrees}::float8`;
  return sql`exists (select from resource_quantity x join resource_quantity y on y.rid = x.rid
    where x.type = ${row.type}::resource_type and y.type = ${row.type}::resource_type and x.rid = ${alias(row)}.rid
      and x.param = ${param}::integer and y.param = ${-param}::integer and x.low between ${at(latitude - margin)} and ${at(latitude + margin)}
      and 2 * ${earthRadius}::float8 * asin(least(1, sqrt(
        sin(radians(x.low - ${at(latitude)}) / 2) ^ 2
        + cos(radians(${at(latitude)})) * cos(radians(x.low)) * sin(radians(y.low - ${at(longitude)}) / 2) ^ 2))) <= ${radius}::float8)`;
}
