/**
 * Searches of several types by what stands in the table `resource` itself, ids and times: one table for all types, where the index has a
 * table for each. `GET [base]?_lastUpdated=gt…` is how clients poll. R4: http.html#search.
 */
import { empty, join, raw, sql, type Sql } from '../db/sql.ts';
import { beyondRid, order, type PageRequest } from './compile.ts';
import type { Condition } from './condition.ts';
import type { Query } from './query.ts';
import { resourceTerm } from './range-terms.ts';
import { upTo } from './total.ts';

/** @returns whether all types are asked for the same, and that can be told from `resource`; in the order of creation, or of the last change */
export function isByResource({ branches, sort }: Query): boolean {
  const [first, ...others] = branches;
  if (first === undefined || others.length === 0 || !first.conditions.every(isOnResource)) return false;
  const asked = JSON.stringify(first.conditions);
  return (sort.length === 0 || (sort.length === 1 && sort[0]!.by === 'lastUpdated')) && others.every(({ conditions }) => conditions.every(isOnResource) && JSON.stringify(conditions) === asked);
}

const isOnResource = (condition: Condition): boolean => condition.kind === 'id' || condition.kind === 'lastUpdated'
  || ((condition.kind === 'all' || condition.kind === 'any') && condition.conditions.every(isOnResource));

/** Current resources under the alias u that meet the conditions, with further terms behind. */
function currentOf({ branches }: Query, types: Sql): Sql {
  const conditions = branches[0]!.conditions.map((condition) => sql` and ${resourceTerm(condition)}`);
  return sql`resource u where u.type ${types} and u.version > 0 and u.body is not null${join(conditions, '')}`;
}

const anyType = ({ branches }: Query): Sql => sql`= any(${branches.map(({ type }) => type)}::resource_type[])`;

/** The same rows as `pageStatement` in compile.ts gives. */
export function resourcePage(query: Query, request: PageRequest): Sql {
  const { sort } = query;
  const total = typeof request.counting === 'number' ? sql`(${upTo(request.counting, resourceMatches(query))})`
    : request.counting === 'all' ? sql`(${resourceCount(query)})` : sql`null`;
  return sql`
    with m as materialized (${sort.length === 0 ? inCreationOrder(query, request) : inOrderOfChange(query, request)})
    select r.rid, r.type, r.id, r.version, r.last_updated, r.body, ${total} as total${raw(sort.length === 0 ? '' : ', m.v0::text as v0')}
    from m join resource r using (rid)
    order by ${order(sort, false, raw('m'))}`;
}

/** A row without columns for each match. */
export const resourceMatches = (query: Query): Sql => sql`select from ${currentOf(query, anyType(query))}`;

export const resourceCount = (query: Query): Sql => sql`select count(*) as total from ${currentOf(query, anyType(query))}`;

function inCreationOrder(query: Query, { start, limit }: PageRequest): Sql {
  const isBackwards = start?.direction === 'before';
  return sql`select u.rid from ${currentOf(query, anyType(query))}${beyondRid('u.rid', start)} order by u.rid ${raw(isBackwards ? 'desc' : 'asc')} limit ${limit}::integer`;
}

/** Each type's first changes, as the index resource_change has them, merged. */
function inOrderOfChange(query: Query, { start, limit }: PageRequest): Sql {
  const { branches, sort } = query;
  const isBackwards = start?.direction === 'before';
  const way = raw(sort[0]!.isDescending !== isBackwards ? 'desc' : 'asc');
  const from = start === undefined ? empty
    : sql` and (u.last_updated, u.rid) ${raw(sort[0]!.isDescending !== isBackwards ? '<' : '>')} (${start.values[0]!}::timestamptz, ${start.rid}::bigint)`;
  const each = branches.map(({ type }) => sql`(select u.rid, u.last_updated as v0 from ${currentOf(query, sql`= ${type}::resource_type`)}${from}
    order by u.last_updated ${way}, u.rid ${way} limit ${limit}::integer)`);
  return sql`select * from (${join(each, ' union all ')}) s order by ${order(sort, isBackwards, raw('s'))} limit ${limit}::integer`;
}
