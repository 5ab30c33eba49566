/**
 * Statements of searches whose plan does not depend on their values, prepared: Postgres plans a page for as long as it takes to read one. Others are
 * sent unnamed, and planned with their values.
 *
 * Postgres keeps a plan where one for the values given would not be cheaper. So the values are hidden from it, and what tells it how many rows are
 * read, the limits, must be part of the text.
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../db/pool.ts';
import { raw, type Sql } from '../db/sql.ts';

export interface PreparedStatements {
  /** @returns the rows of a statement; it is prepared from the second time on that its text is asked for */
  query<R extends object>(db: Queryable, statement: Sql): Promise<R[]>;
}

/** Statements that a connection keeps, at most: a plan takes some ten kilobytes of it. */
const most = 256;
/** Texts that were asked for once, as far as they are remembered. */
const mostSeen = 4_096;
/** Characters of a text that is prepared: longer ones have ever new numbers of alternatives, and plans of megabytes. */
const longest = 8_192;

export function createPreparedStatements(): PreparedStatements {
  const names = new Map<string, { readonly name: string; readonly hidden: string }>();
  const seen = new Set<string>();
  const nameOf = (text: string): { readonly name: string; readonly hidden: string } | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= most || text.length > longest) return known;
    if (!seen.has(text)) {
      if (seen.size >= mostSeen) seen.clear();
      seen.add(text);
      return undefined;
    }
    seen.delete(text);
    const made = { name: `search_${createHash('sha1').update(text).digest('hex').slice(0, 16)}`, hidden: hidden(text) };
    names.set(text, made);
    return made;
  };
  return {
    query(db, { text, values }) {
      const prepared = nameOf(text);
      return db.query(prepared === undefined ? { text, values } : { name: prepared.name, text: prepared.hidden, values });
    },
  };
}

/** A number as a part of the text: Postgres plans for as many rows. */
export const literal = (count: number): Sql => raw(String(Math.trunc(count)));

/** A subselect is not looked into. Behind `any` it would be another construct. */
const hidden = (text: string): string =>
  text.replaceAll(/(any\()?\$(\d+)(::[a-z]\w*(?:\[\])?)?/g, (whole, any: string | undefined, n: string, cast: string | undefined) => (any !== undefined ? whole : `(select $${n}${cast ?? '::text'})`));
