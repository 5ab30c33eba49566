/** The rows of resources themselves, and of their superseded versions: the only statements that change them. sql/001. */
import { int4Array, int8Array, textArray } from '../db/arrays.ts';
import type { Statement } from '../db/pool.ts';

export interface PlannedRow {
  readonly rid: bigint;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE' | null;
  readonly body: Buffer | undefined;
  readonly isNew: boolean;
}

/** The insert of new rows comes first; it gives a row for each one inserted. */
export function bodyStatements(rows: readonly PlannedRow[], superseded: readonly bigint[], stamp: Date): Statement[] {
  const statements: Statement[] = [];
  const added = rows.filter((row) => row.isNew).sort((a, b) => order(a.type, b.type) || order(a.id, b.id));
  const changed = rows.filter((row) => !row.isNew);
  if (added.length > 0) {
    statements.push({
      name: 'insert_resource',
      text: `insert into resource (rid, type, id, version, method, last_updated, body)
        select rid, type::resource_type, id, version, method::http_verb, $7, body
        from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[]) as row(rid, type, id, version, method, body)
        on conflict (type, id) do nothing returning 1 as inserted`,
      values: [
        int8Array(added.map((row) => row.rid)), textArray(added.map((row) => row.type)), textArray(added.map((row) => row.id)), ...versions(added), stamp,
      ],
    });
  }
  if (superseded.length > 0) {
    statements.push({
      name: 'supersede',
      text: `insert into resource_history (rid, type, version, method, last_updated, superseded_at, tx, body)
        select rid, type, version, method, last_updated, $2, tx, body from resource where rid = any($1::bigint[])`,
      values: [int8Array(superseded), stamp],
    });
  }
  if (changed.length > 0) {
    statements.push({
      name: 'update_resource',
      text: `update resource r set version = row.version, method = row.method::http_verb, last_updated = $5, tx = pg_current_xact_id(), body = row.body
        from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[]) as row(rid, version, method, body)
        where r.rid = row.rid`,
      values: [int8Array(changed.map((row) => row.rid)), ...versions(changed), stamp],
    });
  }
  return statements;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Versions, methods and bodies as arrays. A binary array of texts costs Node a twentieth of one that is quoted. */
const versions = (rows: readonly PlannedRow[]): Buffer[] =>
  [int4Array(rows.map((row) => row.version)), textArray(rows.map((row) => row.method)), textArray(rows.map((row) => row.body ?? null))];
