/** Pages of matches. R4: search.html, http.html#paging. */
import type { Queryable } from '../db/pool.ts';
import { countStatement, pageStatement } from './compile.ts';
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
}

/**
 * @param limit at most so many
 * @returns matches in the order of rid, whichever way the page is read
 */
export async function page(db: Queryable, query: Query, start: PageStart | undefined, limit: number): Promise<Match[]> {
  const { text, values } = pageStatement(query, start, limit);
  const rows = await db.query<Row>({ text, values });
  return rows.map(({ rid, id, version, last_updated, body }) => ({ rid, id, version, lastUpdated: last_updated, body }));
}

/** @returns how many resources match */
export async function count(db: Queryable, query: Query): Promise<number> {
  const { text, values } = countStatement(query);
  const [row] = await db.query<{ total: string }>({ text, values });
  return Number(row!.total);
}
