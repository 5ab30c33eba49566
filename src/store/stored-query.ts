/** Queries kept for the links of their pages, a day from when they were last used. R4: http.html#paging. */
import { createHash } from 'node:crypto';
import type { Queryable } from '../db/pool.ts';

/** @returns the hash that the query is found by */
export async function storeQuery(db: Queryable, query: string): Promise<string> {
  const hash = createHash('sha256').update(query).digest('base64url');
  await db.query({
    name: 'store_query',
    // Every store takes away some of what is over; rows that another one is at are left to it. A page an hour counts as use.
    text: `with expired as (
        delete from stored_query where hash in (
          select hash from stored_query where used_at < now() - interval '24 hours' and hash <> $1 limit 100 for update skip locked)
      )
      insert into stored_query (hash, query) values ($1, $2)
      on conflict (hash) do update set used_at = excluded.used_at where stored_query.used_at < now() - interval '1 hour'`,
    values: [hash, query],
  });
  return hash;
}

/** @returns the query of the hash; undefined where it is unknown or a day old */
export async function storedQuery(db: Queryable, hash: string): Promise<string | undefined> {
  const [row] = await db.query<{ query: string }>({
    name: 'stored_query', text: `select query from stored_query where hash = $1 and used_at >= now() - interval '24 hours'`, values: [hash],
  });
  return row?.query;
}
