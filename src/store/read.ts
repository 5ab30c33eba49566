/** Reading single resources and versions: one named, prepared statement each, on the unique index of (type, id). */
import type { Queryable } from '../db/pool.ts';

/** One version of a resource as it is stored. */
export interface StoredVersion {
  readonly version: number;
  readonly lastUpdated: Date;
  /** The resource's text with id and meta stamped in; null for a deletion. */
  readonly body: string | null;
}

interface Row {
  version: number;
  /** Milliseconds since 1970: cheaper to read than a timestamp's text. */
  time: number;
  body: string | null;
}

const stored = (row: Row | undefined): StoredVersion | undefined =>
  row === undefined ? undefined : { version: row.version, lastUpdated: new Date(row.time), body: row.body };

const milliseconds = '(extract(epoch from last_updated) * 1000)::float8';

/** @returns the current version, a deletion included; undefined where there never was one */
export async function current(db: Queryable, type: string, id: string): Promise<StoredVersion | undefined> {
  const [row] = await db.query<Row>({
    name: 'current',
    text: `select version, ${milliseconds} as time, body from resource where type = $1 and id = $2 and version > 0`,
    values: [type, id],
  });
  return stored(row);
}

/** @returns the version of that number, a deletion included; undefined where there is none */
export async function version(db: Queryable, type: string, id: string, number: number): Promise<StoredVersion | undefined> {
  const [row] = await db.query<Row>({
    name: 'version',
    text: `select r.version, ${milliseconds} as time, r.body from resource r where r.type = $1 and r.id = $2 and r.version = $3
      union all
      select h.version, (extract(epoch from h.last_updated) * 1000)::float8, h.body from resource r join resource_history h using (rid)
      where r.type = $1 and r.id = $2 and h.version = $3`,
    values: [type, id, number],
  });
  return stored(row);
}

/** @returns the rid of a resource that exists or existed */
export async function ridOf(db: Queryable, type: string, id: string): Promise<string | undefined> {
  const [row] = await db.query<{ rid: string }>({ name: 'rid_of', text: 'select rid from resource where type = $1 and id = $2 and version > 0', values: [type, id] });
  return row?.rid;
}
