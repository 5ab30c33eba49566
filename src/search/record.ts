/**
 * A part of a record, as `$everything` gives it: what is in a compartment, in the order of creation, and behind it what that refers to; of some types,
 * or of some time. What is asked for whole is read by whole-record.ts. R4: patient-operation-everything.html.
 */
import { int8Array } from '../db/arrays.ts';
import { empty, join, raw, sql, type Sql } from '../db/sql.ts';
import type { Queryable } from '../db/pool.ts';
import type { Condition, Linked } from './condition.ts';
import type { Match } from './page.ts';
import { checkedType, partition } from './partition.ts';
import { foundOf, type ResourceRow } from './resource-row.ts';
import { readShapes } from './shapes.ts';
import { terms, type ShapeKeys } from './terms.ts';

export interface RecordQuery {
  /** Key of the compartment. */
  readonly key: bigint;
  /** Types that may be in it, with what their resources must meet besides. */
  readonly members: readonly Linked[];
  /** Types of which what the members refer to is wanted. */
  readonly referred: readonly string[];
  /** Types of members that are part of the answer. */
  readonly shown: readonly string[];
  /** Only what changed from then on. */
  readonly since: Date | undefined;
  /** Only what changed before; where every change is settled. */
  readonly until: Date | undefined;
}

/** Behind which resource a page begins. */
export interface RecordStart {
  readonly part: 'members' | 'referred';
  readonly rid: string;
}

export type RecordEntry = Omit<Match, 'values'> & { readonly part: RecordStart['part'] };

/** @returns up to `limit` resources behind the start, in one statement a part */
export async function recordPage(db: Queryable, query: RecordQuery, start: RecordStart | undefined, limit: number): Promise<RecordEntry[]> {
  const shapes = await shapesOf(db, query);
  const members = start?.part === 'referred' ? [] : await read(db, 'members', membersStatement(query, start?.rid, limit, shapes));
  if (members.length === limit || query.referred.length === 0) return members;
  const referred = await read(db, 'referred', referredStatement(query, start?.part === 'referred' ? start.rid : undefined, limit - members.length, shapes));
  return [...members, ...referred];
}

/** @returns how many resources there are on all pages together */
export async function recordCount(db: Queryable, query: RecordQuery): Promise<number> {
  const shapes = await shapesOf(db, query);
  const count = async ({ text, values }: Sql): Promise<number> => Number((await db.query<{ count: string }>({ text, values }))[0]!.count);
  const members = await count(sql`with w as materialized (${membersOf(query, query.shown, shapes)}) select count(*) as count from w join resource r using (rid) where true${changed(query)}`);
  return query.referred.length === 0 ? members : members + await count(referredOf(query, sql`count(*) as count`, shapes));
}

const shapesOf = (db: Queryable, { members }: RecordQuery): Promise<ShapeKeys> =>
  readShapes(db, members.flatMap(({ type, conditions }) => conditions.map((condition) => [type, condition] as const)));

const read = async (db: Queryable, part: RecordStart['part'], { text, values }: Sql): Promise<RecordEntry[]> =>
  (await db.query<ResourceRow>({ text, values })).map((row) => ({ ...foundOf(row), part }));

/** Changed within the time that is asked for. */
const changed = ({ since, until }: RecordQuery): Sql =>
  sql`${since === undefined ? empty : sql` and r.last_updated >= ${since}::timestamptz`}${until === undefined ? empty : sql` and r.last_updated < ${until}::timestamptz`}`;

const behind = (rid: string | undefined): Sql => (rid === undefined ? empty : sql` and r.rid > ${rid}::bigint`);

const page = (limit: number): Sql => sql` order by r.rid limit ${limit}::integer`;

/**
 * The members of some types. Where nothing is asked of them but to be members, one scan of all types' indexes; the types are a constant, since
 * else Postgres plans all 146 partitions, or plans anew each time.
 */
function membersOf({ key, members }: RecordQuery, types: readonly string[], shapes: ShapeKeys): Sql {
  const wanted = members.filter(({ type }) => types.includes(type));
  const isOne = ({ conditions }: Linked): boolean => conditions.length === 0;
  const together = wanted.filter(isOne).map(({ type }) => type);
  const inCompartment: Condition = { kind: 'keys', any: [key] };
  return join([
    sql`select k.rid, k.type from resource_key k where k.type = any(${typesConstant(together)}) and k.rid > 0 and k.keys @> ${int8Array([key])}::bigint[]`,
    ...wanted.filter((one) => !isOne(one)).map(({ type, conditions }) =>
      sql`select k0.rid, k0.type from ${partition('resource_key', type)} k0 where ${terms({ type, depth: 0 }, [inCompartment, ...conditions], shapes)}`),
  ], ' union all ');
}

/**
 * All members are found first: Postgres would walk the resources of every type for a page. Where no time is asked for, the page is made of the
 * index alone, and only its resources are read.
 */
function membersStatement(query: RecordQuery, rid: string | undefined, limit: number, shapes: ShapeKeys): Sql {
  const isAnyTime = query.since === undefined && query.until === undefined;
  const shown = isAnyTime ? sql`(select r.rid from w r where true${behind(rid)}${page(limit)})` : sql`w`;
  return sql`
  with w as materialized (${membersOf(query, query.shown, shapes)})
  select r.rid, r.type, r.id, r.version, r.last_updated, r.body from ${shown} s join resource r on r.rid = s.rid
  where true${behind(rid)}${changed(query)}${page(limit)}`;
}

/** The references of the members `w`, looked up for each: Postgres would read all references that the types have. */
export const referencesOf = (types: readonly string[]): Sql =>
  sql`w cross join lateral (select x.target from resource_reference x where x.rid = w.rid and x.type = w.type and x.type = any(${typesConstant(types)}) offset 0) f`;

/** Types as a constant: Postgres leaves the tables of all others out when it plans, and not each time that it looks. */
export const typesConstant = (types: readonly string[]): Sql => raw(`'{${types.map(checkedType).join()}}'::resource_type[]`);

const referredStatement = (query: RecordQuery, rid: string | undefined, limit: number, shapes: ShapeKeys): Sql =>
  sql`${referredOf(query, sql`r.rid, r.type, r.id, r.version, r.last_updated, r.body`, shapes)}${behind(rid)}${page(limit)}`;

/** What members refer to, shown or not. */
const referredOf = (query: RecordQuery, columns: Sql, shapes: ShapeKeys): Sql => sql`
  with w as materialized (${membersOf(query, query.members.map(({ type }) => type), shapes)}),
    t as materialized (select distinct f.target from ${referencesOf(query.members.map(({ type }) => type))})
  select ${columns} from t join resource r on r.rid = t.target
  where r.type = any(${query.referred}::resource_type[]) and r.body is not null${changed(query)}`;
