/** Which types are stored: a search of all types names the tables of these alone. */
import type { Queryable } from '../db/pool.ts';
import { raw, type Sql } from '../db/sql.ts';

/**
 * The body of a recursive table `t`, which has the types and a null: from one type to the next in the index resource_change, which reads a fifth of the
 * pages that a look for each of the 146 does.
 */
export const storedTypesBody: Sql = raw(`(select type from resource where version > 0 order by type limit 1)
  union all
  select (select r.type from resource r where r.version > 0 and r.type > t.type order by r.type limit 1) from t where t.type is not null`);

/** @returns the types that a version is stored of, deleted resources included */
export async function storedTypes(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ type: string }>({
    name: 'stored_types',
    text: `with recursive t as (${storedTypesBody.text}) select type from t where type is not null`,
  });
  return rows.map(({ type }) => type);
}
