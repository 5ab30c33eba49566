/**
 * Conditions that rows of the index decide, or columns of `resource`, to SQL: ranges of dates, quantities and texts, references to what is known.
 * Each is a test on a row, and a range of an index that can be read by itself.
 */
import { int8Array } from '../db/arrays.ts';
import { join, raw, sql, type Sql } from '../db/sql.ts';
import type { Condition, Linked, QuantityTest, RangeTest, StringTest, UnitTest } from './condition.ts';
import { partition, type IndexTable } from './partition.ts';

export const either = (all: readonly Sql[]): Sql => (all.length === 0 ? sql`false` : sql`(${join(all, ' or ')})`);

export type RangeCondition = Extract<Condition, { kind: 'date' | 'quantity' | 'canonical' | 'string' }>;

export const isRange = (condition: Condition): condition is RangeCondition => ['date', 'quantity', 'canonical', 'string'].includes(condition.kind);

/**
 * The table of a condition's rows, and what holds for one of them under the alias x: `test`, and the same as alternatives, each of them a
 * range of an index.
 */
export function rangeOf(condition: RangeCondition): { table: IndexTable; test: Sql; alternatives: readonly Sql[] } {
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

export const targetsTest = ({ param, rids }: Extract<Condition, { kind: 'targets' }>): Sql => sql`x.param = ${param}::integer and x.target = any(${int8Array(rids.map(BigInt))}::bigint[])`;

/** @returns the rids of what meets a condition by rows of the index alone, some maybe twice; undefined for other conditions */
export function indexRows(condition: Condition, type: string): Sql | undefined {
  if (condition.kind === 'any') return unionOf(condition.conditions.map((one) => indexRows(one, type)));
  if (condition.kind === 'targets') return sql`select x.rid from ${partition('resource_reference', type)} x where ${targetsTest(condition)}`;
  if (condition.kind === 'keys') return sql`select x.rid from ${partition('resource_key', type)} x where x.keys && ${int8Array(condition.any)}::bigint[]`;
  if (!isRange(condition)) return undefined;
  const { table, alternatives } = rangeOf(condition);
  return unionOf(alternatives.map((test) => sql`select x.rid from ${partition(table, type)} x where ${test}`));
}

/** The same, also for conditions on columns of `resource`; deleted resources may be among the rids. */
export function rangeRows(condition: Condition, type: string): Sql | undefined {
  switch (condition.kind) {
    case 'id': return sql`select i.rid from resource i where i.type = ${type}::resource_type and i.id = any(${condition.any}::text[])`;
    case 'lastUpdated': return sql`select u.rid from resource u where u.type = ${type}::resource_type and u.version > 0 and ${either(condition.any.map((one) => lastUpdatedTerm(one)))}`;
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
  const within = (one: readonly Sql[]): Sql => (all.length + one.length === 0 ? sql`true` : sql`(${join([...all, ...one], ' and ')})`);
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
    case 'lastUpdated': return either(condition.any.map((one) => lastUpdatedTerm(one)));
    case 'all': return condition.conditions.length === 0 ? sql`true` : sql`(${join(condition.conditions.map(resourceTerm), ' and ')})`;
    case 'any': return either(condition.conditions.map(resourceTerm));
    default: throw new Error(`resource has no columns for ${condition.kind}`);
  }
}

/** A stamp is a point: its two ends are one value, in milliseconds. Of a row of `resource`. */
export function lastUpdatedTerm(test: RangeTest<number>, of = raw('u')): Sql {
  const time = (value: number): Sql => sql`${new Date(value)}::timestamptz`;
  const all: Sql[] = [];
  if (test.lowFrom !== undefined) all.push(sql`${of}.last_updated >= ${time(test.lowFrom)}`);
  if (test.lowBelow !== undefined) all.push(sql`${of}.last_updated < ${time(test.lowBelow)}`);
  if (test.highUpTo !== undefined) all.push(sql`${of}.last_updated < ${time(test.highUpTo)}`);
  if (test.highAbove !== undefined) all.push(sql`${of}.last_updated >= ${time(test.highAbove)}`);
  return sql`(${join(all, ' and ')})`;
}

const stringTerm = ({ form, value }: StringTest): Sql =>
  form === 'prefix' ? sql`x.value like ${`${likeText(value)}%`}` : sql`x.value like ${`%${likeText(value)}%`}`;

/** Normalised text has no % and no backslash, but what it has must never be a wildcard. */
const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** Rows of one table. */
export interface Rows {
  readonly table: IndexTable;
  /** Of any of these parameters. */
  readonly params: readonly number[];
  /** What holds for one of them under the alias x. */
  readonly test: Sql;
}

/** @returns the rows that decide a condition, where all are in one table and alternatives have one test; undefined for other conditions */
export function rowsOf(condition: Condition): Rows | undefined {
  const conditions = condition.kind === 'any' ? condition.conditions : [condition];
  const all = conditions.filter(isRange);
  const ranges = all.map(rangeOf);
  const [first] = ranges;
  if (first === undefined || ranges.length !== conditions.length || !ranges.every(({ table }) => table === first.table)) return undefined;
  return { table: first.table, params: [...new Set(all.map(({ param }) => param))], test: ranges.length === 1 ? first.test : either(ranges.map(({ test }) => sql`(${test})`)) };
}

/** @returns {@link rowsOf} the only condition of a branch */
export const onlyRows = ({ conditions: [only, ...others] }: Linked): Rows | undefined => (only === undefined || others.length > 0 ? undefined : rowsOf(only));
