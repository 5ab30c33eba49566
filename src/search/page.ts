/** Pages of matches. R4: search.html, http.html#paging. */
import type { Queryable } from '../db/pool.ts';
import type { Sql } from '../db/sql.ts';
import type { SearchIndex } from './extract.ts';
import { countStatement, indexOrderStatement, isIndexOrder, pageStatement, withoutValueStatement, type Counting, type PageRequest } from './compile.ts';
import type { PageStart, Query } from './query.ts';
import { needsShapes, readShapes } from './shapes.ts';
import { requireSortable, sortedPage, textSortLimit } from './text-sort.ts';
import type { ShapeKeys } from './terms.ts';

export interface Match {
  readonly rid: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
  readonly body: string;
  /** Values of the sort keys as text. */
  readonly values: readonly (string | null)[];
}

interface Row {
  rid: string;
  type: string;
  id: string;
  version: number;
  last_updated: Date;
  body: string;
  total: string | null;
  [value: `v${number}`]: string | null;
}

export interface Page {
  /** In the order of the query, whichever way the page is read. */
  readonly matches: Match[];
  /** Undefined where it was not counted, is more than was to be counted, or the page is empty. */
  readonly total: number | undefined;
}

/** @returns whether a page takes several statements, which must see one snapshot */
export const needsSnapshot = (query: Query): boolean => query.sort.length > 0 || needsShapes(conditionsOf(query));

const conditionsOf = ({ branches }: Query) => branches.flatMap(({ type, conditions }) => conditions.map((condition) => [type, condition] as const));

/**
 * @param limit at most so many; `counting` is how far the matches of all pages are counted
 * @param index needed where the order may be one of texts
 * @throws FhirError 400 where such an order has too many matches
 */
export async function page(
  db: Queryable, query: Query, start: PageStart | undefined, limit: number, counting: Counting = 'none', index?: SearchIndex,
): Promise<Page> {
  if (index !== undefined && query.sort.some(({ isStored }) => !isStored)) return pageByText(db, query, start, limit, index);
  const shapes = await readShapes(db, conditionsOf(query));
  const request: PageRequest = { start, limit, counting };
  const rows = isIndexOrder(query, start) ? await rowsInIndexOrder(db, query, request, shapes) : await run(db, pageStatement(query, request, shapes));
  const counted = rows[0]?.total;
  const total = counted === undefined || counted === null || (typeof counting === 'number' && Number(counted) > counting) ? undefined : Number(counted);
  return { matches: rows.map((row) => matchOf(row, query)), total };
}

/** Its total is known: all matches have been read. */
async function pageByText(db: Queryable, query: Query, start: PageStart | undefined, limit: number, index: SearchIndex): Promise<Page> {
  const { matches } = await page(db, { ...query, sort: [] }, undefined, textSortLimit + 1);
  requireSortable(matches.length, query.sort);
  return { matches: sortedPage(matches, query.sort, index, start, limit), total: matches.length };
}

const run = (db: Queryable, { text, values }: Sql): Promise<Row[]> => db.query<Row>({ text, values });

async function rowsInIndexOrder(db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys): Promise<Row[]> {
  const { start, limit } = request;
  const isBehindValues = start !== undefined && start.values[0] === null;
  const rows = isBehindValues ? [] : await run(db, indexOrderStatement(query, request, shapes));
  const by = query.sort[0]!.by;
  if (rows.length === limit || by === 'id' || by === 'lastUpdated') return rows;
  const rest = { ...request, start: isBehindValues ? start : undefined, limit: limit - rows.length };
  return [...rows, ...(await run(db, withoutValueStatement(query, rest, shapes)))];
}

const matchOf = (row: Row, { sort }: Query): Match => ({
  rid: row.rid, type: row.type, id: row.id, version: row.version, lastUpdated: row.last_updated, body: row.body, values: sort.map((_, n) => row[`v${n}`] ?? null),
});

/** @returns how many resources match */
export async function count(db: Queryable, query: Query): Promise<number> {
  const { text, values } = countStatement(query, await readShapes(db, conditionsOf(query)));
  const [row] = await db.query<{ total: string }>({ text, values });
  return Number(row!.total);
}
