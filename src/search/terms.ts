/**
 * Conditions to SQL: each becomes a term on a narrow row of the index, `resource_key`, under an alias.
 *
 * Each type has tables of its own (partition.ts). Where a condition leads to other resources it is `rid in (select …)`, which the planner may begin from either end.
 */
import { int8Array } from '../db/arrays.ts';
import { join, raw, sql, type Sql } from '../db/sql.ts';
import { partition, type IndexTable } from './partition.ts';
import type { Circle, Condition, Linked, QuantityTest, RangeTest, StringTest, UnitTest } from './condition.ts';

/** A row of `resource_key` in a statement. */
export interface Row {
  /** Its type's name. */
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
      return sql`exists (select from resource u where u.rid = ${k}.rid and u.type = ${row.type}::resource_type and u.version > 0 and (${either(condition.any.map(lastUpdatedTerm))}))`;
    // Shapes are some hundred keys, and mostly select much: where there is no saying, resources are looked at one by one.
    case 'missing': return keysTerm({ ...row, isGiven: true }, shapes(row.type, condition.param, condition.isMissing));
    case 'chain': return chainTerm(row, condition, shapes);
    case 'has': return hasTerm(row, condition.param, condition.source, shapes);
    case 'hierarchy': return hierarchyTerm(row, condition);
    case 'list': return sql`${k}.rid in (select l.target from ${partition('resource_reference', 'List')} l join resource o on o.rid = l.rid
      where l.param = ${condition.param}::integer and o.type = 'List' and o.body is not null and o.id = any(${condition.ids}::text[]))`;
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

const exists = (table: IndexTable, row: Row, test: Sql): Sql => sql`exists (select from ${partition(table, row.type)} x where x.rid = ${alias(row)}.rid and ${test})`;

type RangeCondition = Extract<Condition, { kind: 'date' | 'quantity' | 'canonical' | 'string' }>;

const isRange = (condition: Condition): condition is RangeCondition => ['date', 'quantity', 'canonical', 'string'].includes(condition.kind);

/**
 * The table of a condition's rows, and what holds for one of them under the alias x: `test`, and the same as alternatives, each of them a
 * range of an index.
 */
function rangeOf(condition: RangeCondition): { table: IndexTable; test: Sql; alternatives: readonly Sql[] } {
  const of = (table: IndexTable, tests: readonly (readonly Sql[])[]) => {
    const own = sql`x.param = ${condition.param}::integer`;
    return { table, test: sql`${own} and ${either(tests.flat())}`, alternatives: tests.flat().map((test) => sql`${own} and ${test}`) };
  };
  switch (condition.kind) {
    case 'date': return of('resource_date', condition.any.map((test) => rangeTerms(test, 'bigint')));
    case 'quantity': return of('resource_quantity', condition.any.map(quantityTests));
    case 'canonical': return of('resource_canonical', condition.any.map((test) => rangeTerms(test, 'float8').map((one) => sql`(x.unit = ${condition.unit}::integer and ${one})`)));
    case 'string': return of('resource_string', condition.any.map((test) => [stringTerm(test)]));
  }
}

const targetsTest = ({ param, rids }: Extract<Condition, { kind: 'targets' }>): Sql => sql`x.param = ${param}::integer and x.target = any(${int8Array(rids.map(BigInt))}::bigint[])`;

/** @returns whether rows of the index alone decide a condition */
export const isOfIndex = (condition: Condition): boolean =>
  (condition.kind === 'any' ? condition.conditions.length > 0 && condition.conditions.every(isOfIndex) : condition.kind === 'targets' || isRange(condition));

/** @returns whether a condition is about the keys of a row, and not only about its rid */
export function isOnKeys(condition: Condition): boolean {
  switch (condition.kind) {
    case 'keys': case 'missing': return true;
    case 'not': return isOnKeys(condition.condition);
    case 'all': case 'any': return condition.conditions.some(isOnKeys);
    default: return false;
  }
}

/** @returns the rids of what meets a condition by rows of the index alone, some maybe twice; undefined for other conditions */
export function indexRows(condition: Condition, type: string): Sql | undefined {
  if (condition.kind === 'any') return unionOf(condition.conditions.map((one) => indexRows(one, type)));
  if (condition.kind === 'targets') return sql`select x.rid from ${partition('resource_reference', type)} x where ${targetsTest(condition)}`;
  if (!isRange(condition)) return undefined;
  const { table, alternatives } = rangeOf(condition);
  return unionOf(alternatives.map((test) => sql`select x.rid from ${partition(table, type)} x where ${test}`));
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

/** @returns what holds for a row, as alternatives */
function rangeTerms(test: RangeTest<bigint> | RangeTest<number>, cast: 'bigint' | 'float8'): Sql[] {
  const bound = (value: bigint | number): Sql => sql`${String(value)}::${raw(cast)}`;
  const all: Sql[] = [];
  if (test.lowFrom !== undefined) all.push(sql`x.low >= ${bound(test.lowFrom)}`);
  if (test.lowBelow !== undefined) all.push(sql`x.low < ${bound(test.lowBelow)}`);
  // Said twice, since low <= high: with both bounds on one column Postgres knows how few lie between them.
  if (test.highUpTo !== undefined) all.push(sql`x.high <= ${bound(test.highUpTo)} and x.low <= ${bound(test.highUpTo)}`);
  const within = (one: readonly Sql[]): Sql => sql`(${join([...all, ...one], ' and ')})`;
  return test.highAbove === undefined ? [within([])] : highAbove(bound(test.highAbove), cast).map((one) => within([one]));
}

/**
 * Rows are ordered by where they begin. Most are narrow, a point or a day: those that end above a bound begin above it, less their
 * width. The others have a partial index by where they end (sql/001), so that either alternative is a range scan.
 */
const highAbove = (bound: Sql, cast: 'bigint' | 'float8'): Sql[] => (cast === 'bigint'
  ? [sql`x.low > ${bound} - 1728000000000 and x.high > ${bound}`, sql`x.high > ${bound} and x.high > x.low + 1728000000000`]
  : [sql`x.low > ${bound}`, sql`x.high > ${bound} and x.high > x.low`]);

const quantityTests = ({ unit, ...range }: QuantityTest): Sql[] => {
  const alternatives = rangeTerms(range, 'float8');
  return unit === undefined ? alternatives : alternatives.map((one) => sql`(${join([one, ...unitTerms(unit)], ' and ')})`);
};

const unitTerms = ({ system, code, isLabelToo }: UnitTest): Sql[] => [
  ...(system === undefined ? [] : [sql`x.system = ${system}::integer`]),
  ...(code === undefined ? [] : [isLabelToo ? sql`(x.code = ${code}::integer or x.label = ${code}::integer)` : sql`x.code = ${code}::integer`]),
];

/** A condition on a row of `resource` itself, under the alias u; of ids and times alone. */
export function resourceTerm(condition: Condition): Sql {
  switch (condition.kind) {
    case 'id': return sql`u.id = any(${condition.any}::text[])`;
    case 'lastUpdated': return either(condition.any.map(lastUpdatedTerm));
    case 'all': return condition.conditions.length === 0 ? sql`true` : sql`(${join(condition.conditions.map(resourceTerm), ' and ')})`;
    case 'any': return either(condition.conditions.map(resourceTerm));
    default: throw new Error(`resource has no columns for ${condition.kind}`);
  }
}

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
