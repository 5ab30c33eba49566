/**
 * Versions in change order: the pages of history. R4: http.html#history.
 *
 * The order is (last_updated, rid, version), newest first. It is total, since one resource's stamps rise strictly, and it
 * agrees with lastUpdated. Current versions are in `resource`, superseded ones in `resource_history`; a page is a merge of two
 * index scans for each type.
 */
import { join, sql, type Sql } from '../db/sql.ts';
import type { Queryable } from '../db/pool.ts';

/** A version's place in the order of changes. */
export interface ChangePosition {
  readonly lastUpdated: Date;
  readonly rid: string;
  readonly version: number;
}

export interface HistoryScope {
  /** Absent: every type. */
  readonly type?: string;
  /** With `type`: one resource. */
  readonly rid?: string;
}

export interface HistoryFilter {
  /** Only versions made at or after this time (`_since`). */
  readonly since?: Date;
  /** Only versions that were current at some time in [from, to) (`_at`). */
  readonly at?: { readonly from: Date; readonly to: Date };
  /** Only versions made before this time: the horizon of what is settled (horizon.ts). */
  readonly before?: Date;
}

export interface Change {
  readonly rid: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly lastUpdated: Date;
  readonly body: string | null;
  /** It was the first version, or brought a deleted resource back. */
  readonly created: boolean;
  readonly position: ChangePosition;
}

interface Row {
  rid: string;
  type: string;
  id: string;
  version: number;
  method: Change['method'];
  last_updated: Date;
  body: string | null;
  created: boolean;
}

/** Where a page begins: behind a position (older changes), or before one (newer changes). Absent: at the newest. */
export interface PageStart {
  readonly direction: 'older' | 'newer';
  readonly position: ChangePosition;
}

/**
 * @param start the page holds the changes next to this position
 * @param limit at most so many
 * @returns changes, newest first
 */
export async function changes(
  db: Queryable, scope: HistoryScope, filter: HistoryFilter, start: PageStart | undefined, limit: number,
): Promise<Change[]> {
  const way = start?.direction === 'newer' ? sql`asc` : sql`desc`;
  const inOrder = (row: Sql): Sql => sql`${row}.last_updated ${way}, ${row}.rid ${way}, ${row}.version ${way}`;
  const types = scope.type === undefined ? sql`enum_range(null::resource_type)` : sql`array[${scope.type}]::resource_type[]`;
  const versions = sql`
    select m.* from unnest(${types}) as t(type) cross join lateral (
      (select r.rid, r.last_updated, r.version, true as current from resource r
        where r.type = t.type and r.version > 0 and ${conditions(sql`r`, scope, filter, start, sql`'infinity'::timestamptz`)}
        order by ${inOrder(sql`r`)} limit ${limit})
      union all
      (select h.rid, h.last_updated, h.version, false as current from resource_history h
        where h.type = t.type and ${conditions(sql`h`, scope, filter, start, sql`h.superseded_at`)}
        order by ${inOrder(sql`h`)} limit ${limit})
    ) m order by ${inOrder(sql`m`)} limit ${limit}`;
  const page = sql`
    with page as materialized (${versions})
    select p.rid, r.type, r.id, p.version, coalesce(h.method, r.method) as method, p.last_updated,
      case when p.current then r.body else h.body end as body,
      p.version = 1 or exists (select from resource_history b where b.rid = p.rid and b.version = p.version - 1 and b.body is null) as created
    from page p join resource r using (rid)
      left join resource_history h on h.rid = p.rid and h.version = p.version and not p.current
    order by p.last_updated desc, p.rid desc, p.version desc`;
  const rows = await db.query<Row>(page);
  return rows.map((row) => ({
    rid: row.rid, type: row.type, id: row.id, version: row.version, method: row.method, lastUpdated: row.last_updated, body: row.body, created: row.created,
    position: { lastUpdated: row.last_updated, rid: row.rid, version: row.version },
  }));
}

function conditions(row: Sql, scope: HistoryScope, filter: HistoryFilter, start: PageStart | undefined, supersededAt: Sql): Sql {
  const all: Sql[] = [sql`true`];
  if (scope.rid !== undefined) all.push(sql`${row}.rid = ${scope.rid}`);
  if (filter.since !== undefined) all.push(sql`${row}.last_updated >= ${filter.since}`);
  if (filter.before !== undefined) all.push(sql`${row}.last_updated < ${filter.before}`);
  if (filter.at !== undefined) all.push(sql`${row}.last_updated < ${filter.at.to} and ${supersededAt} > ${filter.at.from}`);
  if (start !== undefined) {
    const { lastUpdated, rid, version } = start.position;
    const beyond = start.direction === 'newer' ? sql`>` : sql`<`;
    all.push(sql`(${row}.last_updated, ${row}.rid, ${row}.version) ${beyond} (${lastUpdated}::timestamptz, ${rid}::bigint, ${version}::integer)`);
  }
  return join(all, ' and ');
}

/** @returns how many versions the scope and filter hold */
export async function countChanges(db: Queryable, scope: HistoryScope, filter: HistoryFilter): Promise<number> {
  const ofType = (row: Sql): Sql => (scope.type === undefined ? sql`true` : sql`${row}.type = ${scope.type}`);
  const [row] = await db.query<{ total: string }>(sql`select
    (select count(*) from resource r where r.version > 0 and ${ofType(sql`r`)} and ${conditions(sql`r`, scope, filter, undefined, sql`'infinity'::timestamptz`)})
    + (select count(*) from resource_history h where ${ofType(sql`h`)} and ${conditions(sql`h`, scope, filter, undefined, sql`h.superseded_at`)}) as total`);
  return Number(row!.total);
}
