/** Reading single resources and versions: one named, prepared statement each, on the unique index of (type, id). */
import type { Queryable } from '../db/pool.ts';

/** One version of a resource as it is stored. */
export interface StoredVersion {
  readonly rid: string;
  readonly version: number;
  readonly lastUpdated: Date;
  /** The resource's text with id and meta stamped in; null for a deletion. */
  readonly body: string | null;
}

interface Row {
  rid: string;
  version: number;
  last_updated: Date;
  body: string | null;
}

const stored = (row: Row | undefined): StoredVersion | undefined =>
  row === undefined ? undefined : { rid: row.rid, version: row.version, lastUpdated: row.last_updated, body: row.body };

/** @returns the current version, a deletion included; undefined where there never was one */
export async function current(db: Queryable, type: string, id: string): Promise<StoredVersion | undefined> {
  const [row] = await db.query<Row>({
    name: 'current',
    text: 'select rid, version, last_updated, body from resource where type = $1 and id = $2 and version > 0',
    values: [type, id],
  });
  return stored(row);
}

/** @returns the version of that number, a deletion included; undefined where there is none */
export async function version(db: Queryable, type: string, id: string, number: number): Promise<StoredVersion | undefined> {
  const [row] = await db.query<Row>({
    name: 'version',
    text: `select r.rid, r.version, r.last_updated, r.body from resource r where r.type = $1 and r.id = $2 and r.version = $3
      union all
      select h.rid, h.version, h.last_updated, h.body from resource r join resource_history h using (rid)
      where r.type = $1 and r.id = $2 and h.version = $3`,
    values: [type, id, number],
  });
  return stored(row);
}
