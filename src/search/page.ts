/** Pages of matches. R4: search.html, http.html#paging. */
import type { Queryable } from '../db/pool.ts';
import { countStatement, pageStatement, type Counting } from './compile.ts';
import type { PageStart, Query } from './query.ts';

export interface Match {
  readonly rid: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
  readonly body: string;
}

interface Row {
  rid: string;
  id: string;
  version: number;
  last_updated: Date;
  body: string;
  total: string | null;
}

export interface Page {
  /** In the order of rid, whichever way the page is read. */
  readonly matches: Match[];
  /** Undefined where it was not counted, is more than was to be counted, or the page is empty. */
  readonly total: number | undefined;
}

/**
 * @param limit at most so many
 * @param counting how far the matches of all pages are counted
 */
export async function page(db: Queryable, query: Query, start: PageStart | undefined, limit: number, counting: Counting = 'none'): Promise<Page> {
  const { text, values } = pageStatement(query, start, limit, counting);
  const rows = await db.query<Row>({ text, values });
  const counted = rows[0]?.total;
  const total = counted === undefined || counted === null || (typeof counting === 'number' && Number(counted) > counting) ? undefined : Number(counted);
  return { matches: rows.map(({ rid, id, version, last_updated, body }) => ({ rid, id, version, lastUpdated: last_updated, body })), total };
}

/** @returns how many resources match */
export async function count(db: Queryable, query: Query): Promise<number> {
  const { text, values } = countStatement(query);
  const [row] = await db.query<{ total: string }>({ text, values });
  return Number(row!.total);
}
