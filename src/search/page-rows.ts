/** Rows of a page as Postgres finds them by itself: several types, orders of an index, criteria that lead to other resources. */
import type { Queryable } from '../db/pool.ts';
import type { Sql } from '../db/sql.ts';
import { isByResource, resourcePage } from './by-resource.ts';
import { indexOrderStatement, isIndexOrder, pageStatement, withoutValueStatement, type PageRequest } from './compile.ts';
import { flat, leadsElsewhere } from './driver.ts';
import type { Query } from './query.ts';
import type { ResourceRow } from './resource-row.ts';
import type { ShapeKeys } from './terms.ts';
import { countStatement, readTotal } from './total.ts';

export interface Row extends ResourceRow {
  total: string | null;
  /** Of a walk that did not fill its page: whether there was nothing beyond. */
  is_last?: boolean | null;
  [value: `v${number}`]: string | null;
}

export const run = (db: Queryable, { text, values }: Sql): Promise<Row[]> => db.query<Row>({ text, values });

/** Up to so many matches are counted without being asked for: keys count themselves, other rows are looked at one by one. */
export const cheapCount = ({ branches }: Query): number => (branches.every(({ conditions }) => flat(conditions).every(({ kind }) => kind === 'keys')) ? 10_000 : 1_000);

/** Where criteria lead to other resources, a match costs too much to be counted unasked: ten times as much as the page. */
export const counted = (query: Query, request: PageRequest): PageRequest => (request.counting !== 'cheap' ? request
  : { ...request, counting: query.branches.some(({ conditions }) => conditions.some(leadsElsewhere)) ? 'none' : cheapCount(query) });

/** Left to Postgres: several types, and criteria that lead to other resources. */
export const plannedRows = (db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys): Promise<Row[]> =>
  (isIndexOrder(query, request.start) ? rowsInIndexOrder(db, query, request, shapes)
    : isByResource(query) ? run(db, resourcePage(query, request))
    : query.branches.length > 1 ? rowsOfTypes(db, query, request, shapes)
    : run(db, pageStatement(query, request, shapes)));

/** What is counted is planned for each type once more: only where the page does not show it all. */
async function rowsOfTypes(db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys): Promise<Row[]> {
  const rows = await run(db, pageStatement(query, { ...request, counting: 'none' }, shapes));
  if (rows.length < request.limit || typeof request.counting !== 'number') return rows;
  const found = await readTotal(db, countStatement(query, shapes, request.counting));
  return rows.map((row) => ({ ...row, total: String(found) }));
}

async function rowsInIndexOrder(db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys): Promise<Row[]> {
  const { start, limit } = request;
  const isBehindValues = start !== undefined && start.values[0] === null;
  const rows = isBehindValues ? [] : await run(db, indexOrderStatement(query, request, shapes));
  return rows.length === limit ? rows : withRest(db, query, isBehindValues ? request : { ...request, start: undefined }, rows, shapes);
}

/** Behind the resources that have a value of the key come those that have none. */
export async function withRest(db: Queryable, query: Query, request: PageRequest, rows: readonly Row[], shapes: ShapeKeys): Promise<Row[]> {
  const by = query.sort[0]!.by;
  if (by === 'id' || by === 'lastUpdated') return [...rows];
  const start = request.start?.values[0] === null ? request.start : undefined;
  return [...rows, ...(await run(db, withoutValueStatement(query, { ...request, start, limit: request.limit - rows.length }, shapes)))];
}
