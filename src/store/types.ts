/** Which types are stored. */
import type { Queryable } from '../db/pool.ts';

/** @returns the types that any row is stored for, deleted ones included */
export async function storedTypes(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ type: string }>({
    name: 'stored_types',
    text: 'select t.type from unnest(enum_range(null::resource_type)) as t(type) where exists (select from resource r where r.type = t.type) order by t.type',
  });
  return rows.map(({ type }) => type);
}
