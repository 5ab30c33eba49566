/** The rows of resources themselves, and of their superseded versions: the only statements that change them. sql/001. */
import { int4Array, int8Array, textArray } from '../db/arrays.ts';
import { sqlState } from '../db/errors.ts';
import type { Statement } from '../db/pool.ts';
import { definitionsLockClass } from './definitions-lock.ts';

export interface PlannedRow {
  readonly rid: bigint;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE' | null;
  readonly body: Buffer | undefined;
  readonly isNew: boolean;
  /** Of a version that is kept as another server made it; else it has the stamp of the transaction. */
  readonly lastUpdated?: Date;
}

/** Rows and bytes of one statement, about: each is copied as a whole on its way, and so is held twice for a while. */
const most = { rows: 2_000, bytes: 2 ** 21 };

function* portions(rows: readonly PlannedRow[]): Generator<PlannedRow[]> {
  let portion: PlannedRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    portion.push(row);
    bytes += row.body?.length ?? 0;
    if (portion.length < most.rows && bytes < most.bytes) continue;
    yield portion;
    portion = [];
    bytes = 0;
  }
  if (portion.length > 0) yield portion;
}

/** @returns whether it was thrown since a row that is to be inserted is there */
export const isTaken = (error: unknown): boolean => sqlState(error) === '23505' && (error as { table?: string }).table === 'resource';

/** The inserts of new rows come first; they fail where one is there (`isTaken`). */
export function* bodyStatements(rows: readonly PlannedRow[], superseded: readonly bigint[], stamp: Date): Generator<Statement> {
  const added = rows.filter((row) => row.isNew).sort((a, b) => order(a.type, b.type) || order(a.id, b.id));
  const changed = rows.filter((row) => !row.isNew);
  const isKept = rows.some((row) => row.lastUpdated !== undefined);
  for (const some of portions(added)) {
    yield {
      name: isKept ? 'insert_kept' : 'insert_resource',
      text: `insert into resource (rid, type, id, version, method, last_updated, body)
        select rid, type::resource_type, id, version, method::http_verb, ${isKept ? timeOf('row') : '$7'}, body
        from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[]${isKept ? ', $7::bigint[]' : ''}) as row(rid, type, id, version, method, body${isKept ? ', at' : ''})`,
      values: [
        int8Array(some.map((row) => row.rid)), textArray(some.map((row) => row.type)), textArray(some.map((row) => row.id)), ...versions(some), isKept ? times(some, stamp) : stamp,
      ],
    };
  }
  if (superseded.length > 0) {
    yield {
      name: 'supersede',
      text: `insert into resource_history (rid, type, version, method, last_updated, superseded_at, tx, body)
        select rid, type, version, method, last_updated, $2, tx, body from resource where rid = any($1::bigint[])`,
      values: [int8Array(superseded), stamp],
    };
  }
  for (const some of portions(changed)) {
    yield {
      name: isKept ? 'update_kept' : 'update_resource',
      text: `update resource r set version = row.version, method = row.method::http_verb, last_updated = ${isKept ? timeOf('row') : '$5'}, tx = pg_current_xact_id(), body = row.body
        from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[]${isKept ? ', $5::bigint[]' : ''}) as row(rid, version, method, body${isKept ? ', at' : ''})
        where r.rid = row.rid`,
      values: [int8Array(some.map((row) => row.rid)), ...versions(some), isKept ? times(some, stamp) : stamp],
    };
  }
}

/** The first version of a resource, whose id is new to everyone. */
export interface NewRow {
  readonly rid: bigint;
  readonly type: string;
  readonly id: string;
  /** Its text before and behind the instant of the stamp. */
  readonly head: Buffer;
  readonly tail: Buffer;
}

/**
 * The first statement of a transaction: shares the lock of the definitions, takes the stamp, and inserts the rows with it; gives `{ at: string }`, the stamp's
 * milliseconds. Fails where a row is there (`isTaken`), or the definitions are of another version (`thrownAsChanged`).
 */
export const insertNewStatement = (rows: readonly NewRow[], version: string): Statement => ({
  name: 'insert_new',
  text: `with stamp as materialized (select at, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as instant from begin_writing($6, $7) as at),
    added as (
      insert into resource (rid, type, id, version, method, last_updated, body)
        select rid, type::resource_type, id, 1, 'POST'::http_verb, at, head || instant || tail
        from stamp, unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) as row(rid, type, id, head, tail))
    select (extract(epoch from at) * 1000)::bigint as at from stamp`,
  values: [
    int8Array(rows.map((row) => row.rid)), textArray(rows.map((row) => row.type)), textArray(rows.map((row) => row.id)),
    textArray(rows.map((row) => row.head)), textArray(rows.map((row) => row.tail)), definitionsLockClass, version,
  ],
});

export interface SupersededRow {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly lastUpdated: Date;
  readonly body: Buffer | null;
}

/** Inserts versions of resources that are there, before their current ones; they end nowhere yet. */
export const insertSupersededStatement = (rows: readonly SupersededRow[]): Statement => ({
  name: 'insert_superseded',
  text: `insert into resource_history (rid, type, version, method, last_updated, superseded_at, tx, body)
    select r.rid, r.type, row.version, row.method::http_verb, ${timeOf('row')}, 'infinity', pg_current_xact_id(), row.body
    from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::bigint[], $6::text[]) as row(type, id, version, method, at, body)
      join resource r on r.type = row.type::resource_type and r.id = row.id`,
  values: [
    textArray(rows.map((row) => row.type)), textArray(rows.map((row) => row.id)), int4Array(rows.map((row) => row.version)), textArray(rows.map((row) => row.method)),
    int8Array(rows.map((row) => BigInt(row.lastUpdated.getTime()))), textArray(rows.map((row) => row.body)),
  ],
});

/** Has every superseded version of the resources end where the next one begins. */
export const closeGapsStatement = (identities: readonly { readonly type: string; readonly id: string }[]): Statement => ({
  name: 'close_gaps',
  text: `with r as materialized (
      select distinct r.rid, r.version, r.last_updated from unnest($1::text[], $2::text[]) as i(type, id) join resource r on r.type = i.type::resource_type and r.id = i.id),
    version as (select rid, version, last_updated from r union all select h.rid, h.version, h.last_updated from resource_history h join r using (rid)),
    ended as (select rid, version, lead(last_updated) over (partition by rid order by version) as at from version)
    update resource_history h set superseded_at = ended.at from ended
    where h.rid = ended.rid and h.version = ended.version and h.superseded_at is distinct from ended.at`,
  values: [textArray(identities.map(({ type }) => type)), textArray(identities.map(({ id }) => id))],
});

/** A column of milliseconds as a time. */
const timeOf = (row: string): string => `to_timestamp(${row}.at / 1000::float8)`;
const times = (rows: readonly PlannedRow[], stamp: Date): Buffer => int8Array(rows.map(({ lastUpdated }) => BigInt((lastUpdated ?? stamp).getTime())));

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Versions, methods and bodies as arrays. A binary array of texts costs Node a twentieth of one that is quoted. */
const versions = (rows: readonly PlannedRow[]): Buffer[] =>
  [int4Array(rows.map((row) => row.version)), textArray(rows.map((row) => row.method)), textArray(rows.map((row) => row.body ?? null))];
