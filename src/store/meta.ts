/** Profiles, tags and security labels in use, read out of the stored texts. R4: resource-operation-meta.html. */
import { sql } from '../db/sql.ts';
import type { Queryable } from '../db/pool.ts';
import { metaSets, type MetaSet, type MetaSets } from '../fhir/meta.ts';

/**
 * Looks at every current resource in scope, since the index holds hashes of them only: 14 ms for the 3,243 resources of the sample,
 * and as long for the largest as a statement may take.
 * @param type undefined: every type
 * @returns each profile, tag and label once, in the order of its text
 */
export async function metaInUse(db: Queryable, type: string | undefined): Promise<MetaSets> {
  const rows = await db.query<{ set: MetaSet; value: string }>(sql`
    select s.name as set, min(value::text) as value
    from resource r cross join unnest(${[...metaSets]}::text[]) as s(name)
      cross join lateral jsonb_path_query(r.content -> 'meta', ('$.' || s.name || '[*]')::jsonpath) as value
    where r.body is not null and r.content -> 'meta' ?| ${[...metaSets]}::text[] and ${type === undefined ? sql`true` : sql`r.type = ${type}::resource_type`}
    group by s.name, coalesce(value ->> 'system', ''), coalesce(value ->> 'code', value #>> '{}')
    order by s.name, 2`);
  const of = (set: MetaSet): string[] => rows.filter((row) => row.set === set).map(({ value }) => value);
  return { profile: of('profile'), tag: of('tag'), security: of('security') };
}
