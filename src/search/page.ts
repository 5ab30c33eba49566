/** Pages of matches. R4: search.html, http.html#paging. */
import type { Queryable } from '../db/pool.ts';
import type { Sql } from '../db/sql.ts';
import type { SearchIndex } from './extract.ts';
import { setStatement, walkStatement } from './bounded.ts';
import { isByResource, resourceCount, resourcePage } from './by-resource.ts';
import { hasChains, isOfChains, withTargets } from './chained.ts';
import { countStatement, indexOrderStatement, isIndexOrder, pageStatement, withoutValueStatement, type Counting, type PageRequest } from './compile.ts';
import { findDriver, flat, isDecisive, leadsElsewhere } from './driver.ts';
import { keysPage, loneKeys } from './keys-page.ts';
import type { PageStart, Query } from './query.ts';
import { foundOf, type Found, type ResourceRow } from './resource-row.ts';
import { needsShapes, readShapes } from './shapes.ts';
import { requireSortable, sortedPage, textSortLimit } from './text-sort.ts';
import type { ShapeKeys } from './terms.ts';

export interface Match extends Found {
  /** Values of the sort keys as text. */
  readonly values: readonly (string | null)[];
}

interface Row extends ResourceRow {
  total: string | null;
  /** Of a walk that did not fill its page: whether there was nothing beyond. */
  is_last?: boolean | null;
  [value: `v${number}`]: string | null;
}

export interface Page {
  /** In the order of the query, whichever way the page is read. */
  readonly matches: Match[];
  /** Undefined where it was not counted, is more than was to be counted, or the page is empty. */
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

/** Up to so many matches are counted without being asked for: keys count themselves, other rows are looked at one by one. */
const cheapCount = ({ branches }: Query): number => (branches.every(({ conditions }) => flat(conditions).every(({ kind }) => kind === 'keys')) ? 10_000 : 1_000);

/** Where criteria lead to other resources, a match costs too much to be counted unasked: ten times as much as the page. */
const counted = (query: Query, request: PageRequest): PageRequest => (request.counting !== 'cheap' ? request
  : { ...request, counting: query.branches.some(({ conditions }) => conditions.some(leadsElsewhere)) ? 'none' : cheapCount(query) });

/** Left to Postgres: several types, and criteria that lead to other resources. */
const plannedRows = (db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys): Promise<Row[]> =>
  (isIndexOrder(query, request.start) ? rowsInIndexOrder(db, query, request, shapes)
    : isByResource(query) ? run(db, resourcePage(query, request))
    : query.branches.length > 1 ? rowsOfTypes(db, query, request, shapes)
    : run(db, pageStatement(query, request, shapes)));

/** What is counted is planned for each type once more: only where the page does not show it all. */
async function rowsOfTypes(db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys): Promise<Row[]> {
  const rows = await run(db, pageStatement(query, { ...request, counting: 'none' }, shapes));
  if (rows.length < request.limit || typeof request.counting !== 'number') return rows;
  const { text, values } = countStatement(query, shapes, request.counting);
  const [counted] = await db.query<{ total: string }>({ text, values });
  return rows.map((row) => ({ ...row, total: counted!.total }));
}

/**
 * What selects so few is found as a whole. A walk that fills a page of twenty looks at 20 rows ÷ the share that matches, each for half of what
 * one of all matches costs: both cost the same at the root of ten times the rows. With other criteria, which a fifth may meet, it looks at five times as many.
 */
const fewMatches = (rows: number, criteria: number): number => (rows === Infinity ? 5_000 : Math.min(5_000, Math.max(500, Math.round(Math.sqrt((criteria > 1 ? 50 : 10) * rows)))));
/** So many are looked at for a total that was not asked for. */
const fewCounted = 200;
/** A walk begins with so many resources, and takes eight times as many each time that the page does not fill. */
const firstWalk = 4_000;

/** @returns undefined where the query is none for {@link walkStatement} or {@link setStatement} */
async function boundedRows(db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys, index: SearchIndex): Promise<Row[] | undefined> {
  const [branch, ...others] = query.branches;
  const canWalk = query.sort.length === 0 || isIndexOrder(query, request.start);
  if (branch === undefined || others.length > 0 || branch.conditions.length === 0) return undefined;
  const frequency = await index.frequencies.of(db, branch.type);
  const few = fewMatches(frequency.rows, flat(branch.conditions).length);
  const { conditions, condition, matches, isLinked } = await findDriver(db, branch, frequency, shapes, few);
  const counting = request.counting === 'cheap' && Math.min(matches, frequency.rows) > fewCounted && frequency.rows !== Infinity ? 'none' : request.counting;
  const keys = loneKeys(query, conditions);
  const set = (): Promise<Row[]> => (keys !== undefined ? db.query<Row>(keysPage(branch.type, keys, request)) : run(db, setStatement(query, { ...request, counting }, conditions, condition, shapes)));
  if (matches <= few || (matches !== Infinity && condition !== undefined && isDecisive(condition)) || (!isLinked && frequency.rows <= few)) return set();
  if (isLinked && !(canWalk && isOfChains(conditions))) return undefined;
  if (!canWalk || (query.sort.length > 0 && request.start?.values[0] === null)) return set();
  const sought = counted(query, { ...request, counting });
  // Where keys decide all, finding the whole costs an eighth of a walk over as many resources.
  const most = Math.min(matches, frequency.rows) * (conditions.every(({ kind }) => kind === 'keys' || kind === 'missing') ? 1 / 8 : 2);
  // A page further on may be near the end; else the walk would have to be about as wide as the table.
  const canBeLast = (width: number): boolean => request.start !== undefined || frequency.rows === Infinity || frequency.rows < 2 * width;
  for (let width = firstWalk; width === firstWalk || (width <= most && !isLinked); width *= 8) {
    const rows = await run(db, walkStatement(query, sought, width, shapes, canBeLast(width)));
    const found = rows.filter(({ rid }) => rid !== null);
    if (found.length === request.limit) return found;
    if (rows[0]!.is_last === true) return query.sort.length === 0 ? found : withRest(db, query, sought, found, shapes);
  }
  return isLinked ? undefined : set();
}

/** Its total is known: all matches have been read. */
async function pageByText(db: Queryable, query: Query, start: PageStart | undefined, limit: number, index: SearchIndex): Promise<Page> {
  const { matches } = await page(db, { ...query, sort: [] }, undefined, textSortLimit + 1, 'none', index);
  requireSortable(matches.length, query.sort);
  return { matches: sortedPage(matches, query.sort, index, start, limit), total: matches.length };
}

const run = (db: Queryable, { text, values }: Sql): Promise<Row[]> => db.query<Row>({ text, values });

async function rowsInIndexOrder(db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys): Promise<Row[]> {
  const { start, limit } = request;
  const isBehindValues = start !== undefined && start.values[0] === null;
  const rows = isBehindValues ? [] : await run(db, indexOrderStatement(query, request, shapes));
  return rows.length === limit ? rows : withRest(db, query, isBehindValues ? request : { ...request, start: undefined }, rows, shapes);
}

/** Behind the resources that have a value of the key come those that have none. */
async function withRest(db: Queryable, query: Query, request: PageRequest, rows: readonly Row[], shapes: ShapeKeys): Promise<Row[]> {
  const by = query.sort[0]!.by;
  if (by === 'id' || by === 'lastUpdated') return [...rows];
  const start = request.start?.values[0] === null ? request.start : undefined;
  return [...rows, ...(await run(db, withoutValueStatement(query, { ...request, start, limit: request.limit - rows.length }, shapes)))];
}

const matchOf = (row: Row, { sort }: Query): Match => ({
  ...foundOf(row), values: sort.map((_, n) => row[`v${n}`] ?? null),
});

/** @returns how many resources match */
export async function count(db: Queryable, query: Query): Promise<number> {
  const { text, values } = isByResource(query) ? resourceCount(query) : countStatement(query, await readShapes(db, conditionsOf(query)));
  const [row] = await db.query<{ total: string }>({ text, values });
  return Number(row!.total);
}
