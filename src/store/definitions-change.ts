/** A change of the definitions, in the transaction of the resources that make it: the parameters in use, the version, and the reindex that follows. */
import { textArray } from '../db/arrays.ts';
import type { Statement } from '../db/pool.ts';
import type { DefinitionsChange } from '../search/posted.ts';
import { reindexKind, type ReindexInput } from './reindex-job.ts';

/**
 * Where resources have to be indexed anew, the new parameters wait for it; where there are none of the types, they are in use at once. To be
 * sent behind the transaction's own rows, under the lock that a change has alone.
 */
export function changeStatement({ gone, put, types }: DefinitionsChange): Statement {
  const input: ReindexInput = { types };
  return {
    name: 'change_definitions',
    text: `with queued as (
        insert into job (kind, input) select $1::text, $2::jsonb
        where exists (select from resource_key where type = any($3::text[]::resource_type[])) returning id),
      gone as (delete from posted_parameter where id = any($4::text[])),
      put as (
        insert into posted_parameter (id, facts, types, job)
          select id, facts::jsonb, string_to_array(types, ' '), case when types <> '' then (select id from queued) end
          from unnest($5::text[], $6::text[], $7::text[]) as p(id, facts, types)
        on conflict (id) do update set facts = excluded.facts, types = excluded.types, job = excluded.job)
      update index_format set version = version + 1`,
    values: [
      reindexKind, JSON.stringify(input), textArray(types), textArray(gone),
      textArray(put.map(({ parameter }) => parameter.posted!.id)), textArray(put.map(({ parameter }) => factsOf(parameter))), textArray(put.map((one) => one.types.join(' '))),
    ],
  };
}

/** How far a parameter is in use stands in a column of its own. */
const factsOf = ({ posted, ...facts }: DefinitionsChange['put'][number]['parameter']): string => JSON.stringify({ ...facts, posted: { id: posted!.id, aliases: posted!.aliases } });
