/** Which types are stored. */
import { int8Array } from '../db/arrays.ts';
import type { Queryable } from '../db/pool.ts';

/** @returns the types that any row is stored for, deleted ones included */
export async function storedTypes(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ type: string }>({
    name: 'stored_types',
    text: 'select t.type from unnest(enum_range(null::resource_type)) as t(type) where exists (select from resource r where r.type = t.type) order by t.type',
  });
  return rows.map(({ type }) => type);
}

/** @returns those of the types that have a resource with the key */
export async function typesWithKey(db: Queryable, types: readonly string[], key: bigint): Promise<string[]> {
  const rows = await db.query<{ type: string }>({
    text: 'select distinct k.type from resource_key k where k.type = any($1::resource_type[]) and k.rid > 0 and k.keys @> $2::bigint[] order by k.type',
    values: [types, int8Array([key])],
  });
  return rows.map(({ type }) => type);
}
