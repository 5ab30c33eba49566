/** Pages of matches. R4: search.html, http.html#paging. */
import type { Queryable } from '../db/pool.ts';
import { sql } from '../db/sql.ts';
import { boundedRows } from './bounded-rows.ts';
import { isByResource, resourceCount, resourceMatches } from './by-resource.ts';
import { hasChains, withTargets } from './chained.ts';
import type { PageRequest } from './compile.ts';
import type { SearchIndex } from './extract.ts';
import { cheapCount, counted, plannedRows, type Row } from './page-rows.ts';
import type { PageStart, Query } from './query.ts';
import { foundOf, type Found } from './resource-row.ts';
import { needsShapes, readShapes } from './shapes.ts';
import { requireSortable, sortedPage, textSortLimit } from './text-sort.ts';
import { allMatches, countStatement, readTotal, upTo, type Counting } from './total.ts';

export interface Match extends Found {
  /** Values of the sort keys as text. */
  readonly values: readonly (string | null)[];
}

export interface Page {
  /** In the order of the query, whichever way the page is read. */
  readonly matches: Match[];
  /** Undefined where it was not counted with the page, is more than was to be counted, or the page is empty. */
  readonly total: number | undefined;
}

/** @returns whether a page takes several statements, which must see one snapshot */
export const needsSnapshot = (query: Query): boolean => (!isByResource(query) && (query.sort.length > 0 || query.branches.length > 1)) || hasChains(query) || needsShapes(conditionsOf(query));

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
  const sought = await withTargets(db, query, shapes);
  const rows = (index === undefined ? undefined : await boundedRows(db, sought, request, shapes, index)) ?? (await plannedRows(db, sought, counted(query, request), shapes));
  const count = rows[0]?.total;
  const most = counting === 'cheap' ? cheapCount(query) : counting;
  const total = count === undefined || count === null || (typeof most === 'number' && Number(count) > most) ? undefined : Number(count);
  return { matches: rows.map((row) => matchOf(row, query)), total };
}

/** Its total is known: all matches have been read. */
async function pageByText(db: Queryable, query: Query, start: PageStart | undefined, limit: number, index: SearchIndex): Promise<Page> {
  const { matches } = await page(db, { ...query, sort: [] }, undefined, textSortLimit + 1, 'none', index);
  requireSortable(matches.length, query.sort);
  return { matches: sortedPage(matches, query.sort, index, start, limit), total: matches.length };
}

const matchOf = (row: Row, { sort }: Query): Match => ({
  ...foundOf(row), values: sort.map((_, n) => row[`v${n}`] ?? null),
});

/** @returns how many resources match */
export async function count(db: Queryable, query: Query): Promise<number> {
  return readTotal(db, isByResource(query) ? resourceCount(query) : countStatement(query, await readShapes(db, conditionsOf(query))));
}

/** So many matches are counted for an estimate; of more, Postgres says how many it expects. */
const countedForEstimate = 1_000;

/** @returns about how many resources match: exactly how many, where they are few */
export async function estimatedCount(db: Queryable, query: Query): Promise<number> {
  if (query.branches.length === 0) return 0;
  const matches = isByResource(query) ? resourceMatches(query) : allMatches(query.branches, await readShapes(db, conditionsOf(query)));
  const exact = await readTotal(db, upTo(countedForEstimate, matches));
  if (exact <= countedForEstimate) return exact;
  const { text, values } = sql`explain (format json) ${matches}`;
  const [explained] = await db.query<{ 'QUERY PLAN': readonly [{ readonly Plan: { readonly 'Plan Rows': number } }] }>({ text, values });
  return Math.max(exact, explained!['QUERY PLAN'][0].Plan['Plan Rows']);
}
