/**
 * A whole record, of every type and time: what `$everything` is asked for most, by one statement, which is its own snapshot and whose plan is kept.
 *
 * The statement names the tables of the types that are stored, as they were seen last, and tells which are: where there are others by now, it is
 * asked again with those. So that nothing has to be asked before.
 */
import { int8Array } from '../db/arrays.ts';
import type { Queryable } from '../db/pool.ts';
import { empty, raw, sql, type Sql } from '../db/sql.ts';
import { literal, type PreparedStatements } from './prepared.ts';
import { referencesOf, typesConstant, type RecordEntry, type RecordStart } from './record.ts';
import { foundOf, type ResourceRow } from './resource-row.ts';
import { storedTypesBody } from './stored-types.ts';

export interface WholeRecord {
  /** Key of the compartment. */
  readonly key: bigint;
  readonly isMember: (type: string) => boolean;
  /** Types of which what the members refer to is part of it. */
  readonly referred: readonly string[];
}

export interface WholeRecordReader {
  /** @returns up to `limit` resources behind the start: members in the order of creation, and then what they refer to */
  page(db: Queryable, prepared: PreparedStatements, record: WholeRecord, start: RecordStart | undefined, limit: number): Promise<RecordEntry[]>;
}

type Row = ResourceRow & { readonly part: RecordStart['part']; readonly types: readonly string[] | null };

/** @returns a reader that remembers which types are stored */
export function createWholeRecordReader(): WholeRecordReader {
  let known: readonly string[] = [];
  return {
    async page(db, prepared, record, start, limit) {
      // Others ask meanwhile, and see other types.
      for (let asked = known; ;) {
        const [seen, ...rows] = await prepared.query<Row>(db, statementOf(record, asked.filter(record.isMember), start, literal(limit)));
        const types = seen!.types ?? [];
        if (types.join() === asked.join()) return rows.map((row) => ({ ...foundOf(row), part: row.part }));
        asked = known = types;
      }
    },
  };
}

/** Postgres begins no part before the one above it has given all, so that a page that is full of members costs nothing else. */
function statementOf({ key, referred }: WholeRecord, types: readonly string[], start: RecordStart | undefined, limit: Sql): Sql {
  const behind = (column: string, part: RecordStart['part']): Sql => (start?.part === part ? sql` and ${raw(column)} > ${start.rid}::bigint` : empty);
  const members = start?.part === 'referred' ? empty : sql`
    union all
    (select r.rid, r.type, r.id, r.version, r.last_updated, r.body, 'members', null
      from (select w.rid from w where true${behind('w.rid', 'members')} order by w.rid limit ${limit}) p join resource r on r.rid = p.rid order by r.rid)`;
  return sql`
  with recursive t as (${storedTypesBody}),
    w as materialized (select k.rid, k.type from resource_key k where k.type = any(${typesConstant(types)}) and k.rid > 0 and k.keys @> ${int8Array([key])}::bigint[])
  (select null::bigint as rid, null::resource_type as type, null as id, null::integer as version, null::timestamptz as last_updated, null as body, null as part, array(select t.type::text from t where t.type is not null) as types)${members}
    union all
    (select r.rid, r.type, r.id, r.version, r.last_updated, r.body, 'referred', null
      from (select distinct f.target from ${referencesOf(types)}) m
        join resource r on r.rid = m.target
      where r.type = any(${typesConstant(referred)}) and r.body is not null${behind('r.rid', 'referred')} order by r.rid limit ${limit})
  limit ${limit} + 1`;
}
