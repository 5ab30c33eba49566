/**
 * Queries to SQL. Conditions become terms on the narrow rows of the index; a page joins the texts last.
 *
 * What is bound is always a parameter, and statements are sent unnamed, so that Postgres plans each with its values.
 */
import { int8Array } from '../db/arrays.ts';
import { empty, join, raw, sql, type Sql } from '../db/sql.ts';
import type { Condition, RangeTest, StringTest } from './condition.ts';
import type { PageStart, Query } from './query.ts';

/** How far matches are counted: not, up to a number and one more, or all of them. */
export type Counting = 'none' | 'all' | number;

/**
 * The `limit` matches next to the start, in the order of rid whichever way the page lies: rid, id, version, last_updated, body, and `total` in each row. One statement sees one
 * snapshot, so that page and total agree.
 */
export function pageStatement(query: Query, start: PageStart | undefined, limit: number, counting: Counting): Sql {
  const backwards = start?.direction === 'before';
  const way = backwards ? raw('desc') : raw('asc');
  const from = start === undefined ? [] : [backwards ? sql`k.rid < ${start.rid}::bigint` : sql`k.rid > ${start.rid}::bigint`];
  return sql`
    select r.rid, r.id, r.version, r.last_updated, r.body, ${total(query, counting)} as total
    from (select k.rid from ${source(query)} where ${join([...terms(query), ...from], ' and ')} order by k.rid ${way} limit ${limit}::integer) m
      join resource r using (rid)
    order by m.rid`;
}

/** How many resources match: one row `total`. */
export const countStatement = (query: Query): Sql => sql`select count(*) as total from ${source(query)} where ${join(terms(query), ' and ')}`;

function total(query: Query, counting: Counting): Sql {
  if (counting === 'none') return sql`null`;
  const limit = counting === 'all' ? empty : sql` limit ${counting + 1}::integer`;
  return sql`(select count(*) from (select from ${source(query)} where ${join(terms(query), ' and ')}${limit}) t)`;
}

/** Conditions on columns of `resource` need its row; others are met from the index alone. */
const source = (query: Query): Sql =>
  query.conditions.some(needsResource) ? sql`resource_key k join resource c on c.rid = k.rid` : sql`resource_key k`;

const needsResource = (condition: Condition): boolean =>
  condition.kind === 'id' || condition.kind === 'lastUpdated'
  || (condition.kind === 'not' && needsResource(condition.condition))
  || (condition.kind === 'any' && condition.conditions.some(needsResource));

/** The type stands as a parameter of an unnamed statement: Postgres prunes the partitions by its value. */
const terms = ({ type, conditions }: Query): Sql[] =>
  [sql`k.type = ${type}::resource_type`, ...conditions.map((condition) => term(condition, type))];

function term(condition: Condition, type: string): Sql {
  switch (condition.kind) {
    case 'keys': return keysTerm(condition.any);
    case 'date': return exists('resource_date', type, condition.param, condition.any.map((test) => rangeTerm(test, 'bigint')));
    case 'quantity': return exists('resource_quantity', type, condition.param, condition.any.map((test) => rangeTerm(test, 'float8')));
    case 'string': return exists('resource_string', type, condition.param, condition.any.map(stringTerm));
    case 'id': return sql`(c.type = ${type}::resource_type and c.id = any(${condition.any}::text[]))`;
    case 'lastUpdated': return sql`(${join(condition.any.map(lastUpdatedTerm), ' or ')})`;
    case 'not': return sql`not ${term(condition.condition, type)}`;
    case 'any': return sql`(${join(condition.conditions.map((one) => term(one, type)), ' or ')})`;
  }
}

/** `@>` for one key, `&&` for several: both are exact, without a look at the resource. */
const keysTerm = (any: readonly bigint[]): Sql =>
  any.length === 0 ? sql`false` : any.length === 1 ? sql`k.keys @> ${int8Array(any)}::bigint[]` : sql`k.keys && ${int8Array(any)}::bigint[]`;

const exists = (table: string, type: string, param: number, tests: readonly Sql[]): Sql =>
  sql`exists (select from ${raw(table)} x where x.type = ${type}::resource_type and x.rid = k.rid and x.param = ${param}::integer and (${join(tests, ' or ')}))`;

function rangeTerm(test: RangeTest<bigint> | RangeTest<number>, cast: 'bigint' | 'float8'): Sql {
  const bound = (value: bigint | number): Sql => sql`${String(value)}::${raw(cast)}`;
  const all: Sql[] = [];
  if (test.lowFrom !== undefined) all.push(sql`x.low >= ${bound(test.lowFrom)}`);
  if (test.lowBelow !== undefined) all.push(sql`x.low < ${bound(test.lowBelow)}`);
  if (test.highUpTo !== undefined) all.push(sql`x.high <= ${bound(test.highUpTo)}`);
  if (test.highAbove !== undefined) all.push(sql`x.high > ${bound(test.highAbove)}`);
  return sql`(${join(all, ' and ')})`;
}

/** A stamp is a point: its two ends are one value, in milliseconds. */
function lastUpdatedTerm(test: RangeTest<number>): Sql {
  const time = (value: number): Sql => sql`${new Date(value)}::timestamptz`;
  const all: Sql[] = [];
  if (test.lowFrom !== undefined) all.push(sql`c.last_updated >= ${time(test.lowFrom)}`);
  if (test.lowBelow !== undefined) all.push(sql`c.last_updated < ${time(test.lowBelow)}`);
  if (test.highUpTo !== undefined) all.push(sql`c.last_updated < ${time(test.highUpTo)}`);
  if (test.highAbove !== undefined) all.push(sql`c.last_updated >= ${time(test.highAbove)}`);
  return sql`(${join(all, ' and ')})`;
}

const stringTerm = ({ form, value }: StringTest): Sql =>
  form === 'prefix' ? sql`x.value like ${`${likeText(value)}%`}` : sql`x.value like ${`%${likeText(value)}%`}`;

/** Normalised text has no % and no backslash, but what it has must never be a wildcard. */
const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
